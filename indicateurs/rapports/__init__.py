"""The reports that the law asks for, as workbooks that are sent once a year."""
