import socket
from pathlib import Path

from local.embedded.ports import FIRST, LAST, Ports, free


def ports(folder: Path) -> Ports:
    return Ports(folder / "ports.json")


def test_a_port_is_remembered(tmp_path: Path) -> None:
    assert ports(tmp_path).choose("web") == ports(tmp_path).choose("web")


def test_two_names_have_two_ports(tmp_path: Path) -> None:
    assert ports(tmp_path).choose("web") != ports(tmp_path).choose("mail")


def test_a_port_is_one_that_nobody_is_given_for_an_outgoing_connection(tmp_path: Path) -> None:
    assert FIRST <= ports(tmp_path).choose("web") < LAST


def test_a_free_preferred_port_is_chosen(tmp_path: Path) -> None:
    wish = ports(tmp_path).choose("another")
    (tmp_path / "ports.json").unlink()

    assert ports(tmp_path).choose("web", preferred=wish) == wish


def test_a_taken_port_is_replaced_and_the_new_one_remembered(tmp_path: Path) -> None:
    first = ports(tmp_path).choose("web")
    with socket.create_server(("127.0.0.1", first)):
        second = ports(tmp_path).choose("web")

    assert second != first
    assert ports(tmp_path).choose("web") == second


def test_a_taken_preferred_port_is_not_chosen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ports(tmp_path).choose("web", preferred=server.getsockname()[1]) in range(
            FIRST, LAST
        )


def test_a_port_stays_the_same_while_our_own_part_listens_there(tmp_path: Path) -> None:
    chosen = ports(tmp_path)
    port = chosen.choose("web")
    with socket.create_server(("127.0.0.1", port)):
        assert chosen.choose("web") == port


def test_a_broken_file_is_like_none(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")

    assert free(ports(tmp_path).choose("web"))
