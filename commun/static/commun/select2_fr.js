// Pages load select2 twice, and each copy knows only the languages that were given to it.
jQuery.fn.select2.defaults.set("language", jQuery.fn.select2.amd.require("select2/i18n/fr"));
