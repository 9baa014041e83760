"""The calendar that an installation begins with. Frozen with the migration that writes it.

2025 and 2026 are as the General Office of the State Council announced them. Of 2027 there
are the days that the regulation on holidays names, solar and lunar; which days around them
are moved is not announced yet.
"""

from datetime import date, timedelta

NAMES = {
    "new_year": ("元旦", "New Year's Day"),
    "spring": ("春节", "Spring Festival"),
    "qingming": ("清明节", "Qingming Festival"),
    "labour": ("劳动节", "Labour Day"),
    "dragon_boat": ("端午节", "Dragon Boat Festival"),
    "mid_autumn": ("中秋节", "Mid-Autumn Festival"),
    "national": ("国庆节", "National Day"),
}

# Year: settled, by which document.
YEARS = {
    2025: (True, "国办发明电〔2024〕12号"),
    2026: (True, "国办发明电〔2025〕7号"),
    2027: (False, ""),
}

# First day, last day, name.
OFF = (
    (date(2025, 1, 1), date(2025, 1, 1), "new_year"),
    (date(2025, 1, 28), date(2025, 2, 4), "spring"),
    (date(2025, 4, 4), date(2025, 4, 6), "qingming"),
    (date(2025, 5, 1), date(2025, 5, 5), "labour"),
    (date(2025, 5, 31), date(2025, 6, 2), "dragon_boat"),
    (date(2025, 10, 1), date(2025, 10, 5), "national"),
    (date(2025, 10, 6), date(2025, 10, 6), "mid_autumn"),
    (date(2025, 10, 7), date(2025, 10, 8), "national"),
    (date(2026, 1, 1), date(2026, 1, 3), "new_year"),
    (date(2026, 2, 15), date(2026, 2, 23), "spring"),
    (date(2026, 4, 4), date(2026, 4, 6), "qingming"),
    (date(2026, 5, 1), date(2026, 5, 5), "labour"),
    (date(2026, 6, 19), date(2026, 6, 21), "dragon_boat"),
    (date(2026, 9, 25), date(2026, 9, 27), "mid_autumn"),
    (date(2026, 10, 1), date(2026, 10, 7), "national"),
    (date(2027, 1, 1), date(2027, 1, 1), "new_year"),
    (date(2027, 2, 5), date(2027, 2, 8), "spring"),
    (date(2027, 4, 5), date(2027, 4, 5), "qingming"),
    (date(2027, 5, 1), date(2027, 5, 2), "labour"),
    (date(2027, 6, 9), date(2027, 6, 9), "dragon_boat"),
    (date(2027, 9, 15), date(2027, 9, 15), "mid_autumn"),
    (date(2027, 10, 1), date(2027, 10, 3), "national"),
)

# Saturdays and Sundays worked in place of days off.
WORKED = (
    (date(2025, 1, 26), "spring"),
    (date(2025, 2, 8), "spring"),
    (date(2025, 4, 27), "labour"),
    (date(2025, 9, 28), "national"),
    (date(2025, 10, 11), "national"),
    (date(2026, 1, 4), "new_year"),
    (date(2026, 2, 14), "spring"),
    (date(2026, 2, 28), "spring"),
    (date(2026, 5, 9), "labour"),
    (date(2026, 9, 20), "national"),
    (date(2026, 10, 10), "national"),
)


def days():
    """Every day as the fields of a `CalendarDay`."""
    for first, last, name in OFF:
        for place in range((last - first).days + 1):
            yield _day(first + timedelta(days=place), "holiday", name)
    for day, name in WORKED:
        yield _day(day, "working_day", name)


def _day(day, kind, name):
    zh_hans, en = NAMES[name]
    return {
        "date": day,
        "year_id": day.year,
        "kind": kind,
        "name_zh_hans": zh_hans,
        "name_en": en,
    }
