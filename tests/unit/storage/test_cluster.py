"""Whom the server runs as and where its socket goes."""

import os
from pathlib import Path

import pytest

from assistant.domain.errors import ServiceFailed
from assistant.storage.cluster import (
    Account,
    ensure_cluster,
    owner_name,
    server_account,
    socket_folder,
)
from assistant.storage.layout import Layout

ME = Account(os.geteuid(), os.getegid())


def test_root_never_runs_the_server_itself() -> None:
    assert server_account().uid != 0


def test_only_another_account_changes_how_a_process_is_started() -> None:
    assert ME.process_arguments() == {}
    assert Account(ME.uid + 1, 7).process_arguments() == {
        "user": ME.uid + 1,
        "group": 7,
        "extra_groups": [],
    }


def test_the_socket_is_in_the_servers_folder_when_the_path_is_short() -> None:
    layout = Layout(Path("/short"))
    assert socket_folder(layout, ME) == layout.root


def test_a_short_folder_that_others_can_enter_is_refused(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path / ("long" * 25))
    folder = socket_folder(layout, ME)
    try:
        assert len(str(folder)) < 80
        assert folder.stat().st_mode & 0o777 == 0o700
        assert socket_folder(layout, ME) == folder
        folder.chmod(0o755)
        with pytest.raises(ServiceFailed, match="not ours"):
            socket_folder(layout, ME)
    finally:
        folder.rmdir()


def test_a_cluster_without_its_password_is_named(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.data.mkdir()
    (layout.data / "PG_VERSION").write_text("18\n")
    with pytest.raises(ServiceFailed, match="password is missing"):
        ensure_cluster(layout, tmp_path, ME)


def test_a_user_without_a_name_is_shown_by_number() -> None:
    assert owner_name(0) == "root"
    assert owner_name(4_000_000_000) == "4000000000"
