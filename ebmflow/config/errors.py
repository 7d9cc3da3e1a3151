"""Turn validation errors into one line: file, key, value, accepted values, closest name."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ebmflow.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def validate(cls: type[Model], data: Any, file: object, prefix: str = "") -> Model:
    """Build an options class from plain data, or raise a ConfigError about its first mistake."""
    try:
        return cls.model_validate(data)
    except ValidationError as error:
        raise _readable(error.errors(include_url=False)[0], data, file, prefix) from error


def located(error: ConfigError, file: object, prefix: str = "") -> ConfigError:
    """The same error with the file that holds the setting, for checks that do not know it."""
    return ConfigError(
        file,
        _join(prefix, error.key),
        error.value,
        accepted=error.accepted,
        expected="" if error.accepted else error.expected,
        found=error.found,
        action=error.action,
    )


def _readable(fact: dict[str, Any], data: Any, file: object, prefix: str) -> ConfigError:
    key = _join(prefix, *_path_in_data(data, fact["loc"]))
    context, value = fact.get("ctx", {}), fact["input"]
    match fact["type"]:
        case "unknown_key":
            name = context["key"]
            return ConfigError(
                file,
                _join(key, name),
                name,
                accepted=context["accepted"],
                found=f"unknown key {name!r}",
            )
        case "missing_key":
            return ConfigError(
                file,
                _join(key, context["key"]),
                None,
                found="the key is missing",
                expected=_as_phrase(context["description"]),
                action="config/README.md has every key with its values",
            )
        case "unknown_kind":
            name = context["kind"]
            return ConfigError(
                file,
                _join(key, "kind"),
                name,
                accepted=context["accepted"],
                found=f"unknown kind {name!r}",
            )
        case "literal_error" | "enum":
            return ConfigError(file, key, value, accepted=_listed_names(context["expected"]))
        case "list_type" | "tuple_type" if isinstance(value, str | int | float):
            return ConfigError(file, key, value, expected=f"a list: [{value}]")
        case "dict_type" | "model_type":
            return ConfigError(file, key, value, expected="keys and values")
        case "too_short":
            least = context["min_length"]
            return ConfigError(file, key, value, expected=f"{least} or more, not none")
        case _:
            message = fact["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            return ConfigError(file, key, value, expected=_as_phrase(message))


def _join(*parts: object) -> str:
    return ".".join(str(part) for part in parts if part != "")


def _path_in_data(data: Any, loc: tuple) -> list:
    """Key path as the user wrote it: unions add parts such as 'int' that stand in no file."""
    path = []
    for part in loc:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(part)
    return path


def _as_phrase(text: str) -> str:
    text = text.removeprefix("expected ").rstrip(".")
    # Lower case after "; expected", but symbols such as "M, number of units" stay.
    return text[:1].lower() + text[1:] if text[1:2].isalpha() else text


def _listed_names(text: str) -> list[str]:
    """Names in pydantic's "'a', 'b' or 'c'"."""
    return [name.strip().strip("'") for name in text.replace(" or ", ", ").split(",")]
