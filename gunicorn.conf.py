"""Read by gunicorn from the folder where it starts, whatever its command line says.

Its own lines go through the service's filter from the first one: those about a broken request
quote what was asked for.
"""

from config.journaux import LOGGING as logconfig_dict

__all__ = ["logconfig_dict"]
