"""How dates and times read: "Saturday 13 July 2019", "4:30pm"."""

DATE_FORMAT = "l j F Y"
SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "g:ia"
DATETIME_FORMAT = "l j F Y, g:ia"
