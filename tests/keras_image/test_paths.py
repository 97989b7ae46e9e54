"""Files of pictures by their names."""

from pathlib import Path

from classeur.keras_image import list_pictures, validate_filename


def test_pictures_are_listed_at_any_depth_by_their_endings(tmp_path: Path) -> None:
    for name in ("a.JPG", "b/c.png", "b/d.txt", "e.gif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(list_pictures(tmp_path)) == [str(tmp_path / "a.JPG"), str(tmp_path / "b" / "c.png")]
    assert list_pictures(tmp_path, ext="gif") == [str(tmp_path / "e.gif")]
    assert validate_filename(str(tmp_path / "a.JPG"), ("png", "jpg"))
    assert not validate_filename(str(tmp_path / "e.gif"), ("png", "jpg"))
    assert not validate_filename(str(tmp_path / "absent.png"), ("png", "jpg"))
