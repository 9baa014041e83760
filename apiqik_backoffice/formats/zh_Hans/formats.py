"""Simplified Chinese as Django has it, but short dates that sort and align."""

SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
# Amounts of money are grouped by thousands, as banks and accountants write them.
NUMBER_GROUPING = 3
