# SPDX-License-Identifier: Apache-2.0
"""What a command suite says of itself, in a line "# run as: ..." among its first ones."""

import re

DEFAULT = "root user"


class Suite:
    """A file of test/bats. `runners`: "root", "user" or both. `alone`: nothing else may run at that
    time. `here` and `in_machine`: on this machine, and in the throwaway ones of test/vm."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            head = "".join(file.readlines()[:15])
        line = re.search(r"^# run as: (.*)$", head, re.MULTILINE)
        clauses = [clause.split() for clause in (line.group(1) if line else DEFAULT).split(",")]
        named = sum(clauses, [])
        self.runners = [who for who in ["root", "user"] if who in named] or DEFAULT.split()
        self.alone = ["alone"] in clauses
        self.here = ["vm"] not in clauses
        self.in_machine = "vm" in named


def find(tree):
    return [Suite(path) for path in sorted((tree / "test/bats").glob("*.bats"))]
