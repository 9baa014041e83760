"""Simplified Chinese as Django has it, but short dates that sort and align, and thousands
apart, as amounts of money are written."""

SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
