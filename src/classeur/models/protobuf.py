"""Protobuf's wire format, as far as telling fields from each other: nothing is built, so nothing can be made to grow.

Source: protobuf.dev/programming-guides/encoding.
"""

import struct
from collections.abc import Iterator

from classeur.untrusted import LimitError

Field = int | bytes | memoryview  # a number, four or eight bytes, or a text, message or list
Message = dict[int, list[Field]]

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def read_message(data: memoryview, known: frozenset[int], name: str) -> Message:
    """Return the fields of a message by their numbers.

    Args:
        data: the message.
        known: numbers that it may have.
        name: of the message, for errors.

    Raises:
        LimitError: if it is damaged or has another field.
    """
    fields: Message = {}
    for number, value in _fields(data, name):
        if number not in known:
            raise LimitError(f"{name} with field {number}, which a network does without")
        fields.setdefault(number, []).append(value)
    return fields


def one(message: Message, number: int) -> Field | None:
    """Return the only value of a field; None if there is none.

    Raises:
        LimitError: if there are several: readers differ on which counts.
    """
    values = message.get(number, [])
    if len(values) > 1:
        raise LimitError(f"field {number} twice")
    return values[0] if values else None


def whole(message: Message, number: int, default: int = 0) -> int:
    """Return a field's whole number."""
    value = one(message, number)
    if value is None:
        return default
    if not isinstance(value, int):
        raise LimitError(f"field {number} is no number")
    return _signed(value)


def text(message: Message, number: int) -> str:
    """Return a field's text."""
    value = one(message, number)
    return "" if value is None else as_text(value)


def part(value: Field | None) -> memoryview:
    """Return a field that is a message in itself."""
    if not isinstance(value, memoryview):
        raise LimitError("a field that is no message")
    return value


def as_text(value: Field) -> str:
    """Return a field as text."""
    try:
        return bytes(part(value)).decode()
    except UnicodeDecodeError as error:
        raise LimitError("text that is not UTF-8") from error


def wholes(message: Message, number: int) -> list[int]:
    """Return a field's whole numbers, one by one or packed."""
    found: list[int] = []
    for value in message.get(number, []):
        if isinstance(value, int):
            found.append(_signed(value))
        else:
            data, place = part(value), 0
            while place < len(data):
                each, place = _varint(data, place)
                found.append(_signed(each))
    return found


def decimals(message: Message, number: int) -> list[float]:
    """Return a field's float32 numbers, one by one or packed."""
    data = b"".join(bytes(value) for value in message.get(number, []) if not isinstance(value, int))
    return [each for (each,) in struct.iter_unpack("<f", data[: len(data) // 4 * 4])]


def _fields(data: memoryview, name: str) -> Iterator[tuple[int, Field]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        value: Field
        if kind == _VARINT:
            value, place = _varint(data, place)
        else:
            if kind == _LENGTH:
                length, place = _varint(data, place)
            elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
                length = 8 if kind == _EIGHT_BYTES else 4
            else:
                raise LimitError(f"{name} that cannot be read")
            end = place + length
            if end > len(data):
                raise LimitError(f"{name} that is cut short")
            value = data[place:end] if kind == _LENGTH else bytes(data[place:end])
            place = end
        yield number, value


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return a number and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise LimitError("a number that is cut short")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), place
    raise LimitError("a number that does not end")


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
