import pytest
from django.core.exceptions import ValidationError

from common.names import validate_name


@pytest.mark.parametrize(
    "name", ["李华", "Ann O'Neil", "Ünïcode Ltd.", "👩‍💻 Studio", "می‌خواهم", "A & B <C>", ""]
)
def test_names_people_have(name):
    validate_name(name)


@pytest.mark.parametrize(
    "name",
    ["two\nlines", "tab\tbed", "NUL\x00", "zero\u200bwidth", "right\u202eleft", "\ufeffbom",
     "iso\u2066late", "para\u2029graph", "half\ud800"],
)  # fmt: skip
def test_names_that_deceive(name):
    with pytest.raises(ValidationError) as refusal:
        validate_name(name)
    assert refusal.value.code == "not_a_name"
