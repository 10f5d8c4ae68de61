"""Taking it all down."""

from composed import PROJECT, docker


def nothing_is_left_when_it_is_taken_down(it):
    it.down()
    for what in (("ps", "--all"), ("network", "ls"), ("volume", "ls")):
        left = docker(*what, "--filter", f"name={PROJECT}", "--format", "{{.ID}}" if what[0] != "volume" else "{{.Name}}").split()
        assert not left, (what, left)


STORIES = [nothing_is_left_when_it_is_taken_down]
