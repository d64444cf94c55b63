#!/usr/bin/env python3
"""provider.py DIRECTORY: a provider whose secrets are the files of a directory.

A bare NAME and SCHEME://NAME are the file NAME. It speaks version 1 of the
provider protocol (docs/provider-protocol.md): one JSON object a line.
"""
import base64
import json
import os
import sys


class Failure(Exception):
    """An error of a class that thv knows; its text never holds a value."""

    def __init__(self, error_class, message):
        super().__init__(message)
        self.error_class = error_class


class Directory:
    """The secrets of one directory."""

    def __init__(self, path):
        self.path = path
        self.scheme = ""

    def hello(self, request):
        if 1 not in request["versions"]:
            raise Failure("unsupported", "this program speaks version 1")
        self.scheme = request.get("scheme", "")
        return {"version": 1, "name": "provider.py", "capabilities": ["check"]}

    def get(self, request):
        name = self.name(request["ref"])
        self.check(request)
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return {"value": base64.b64encode(file.read()).decode()}
        except FileNotFoundError:
            raise Failure("not-found", "the directory has no such file") from None
        except PermissionError:
            raise Failure("denied", "the file may not be read") from None
        except OSError:  # never not-found: only an absence lets the next be asked
            raise Failure("unavailable", "the file cannot be read") from None

    def check(self, _request):
        if not os.path.isdir(self.path):
            raise Failure("unavailable", "the directory is not there")
        return {}

    def name(self, ref):
        scheme, separator, name = ref.rpartition("://")
        if separator and scheme != self.scheme:
            raise Failure("invalid-ref", f"a reference is {self.scheme}://NAME")
        if not name or name.startswith(".") or "/" in name or "\\" in name:
            problem = "invalid-ref" if separator else "not-found"
            raise Failure(problem, "a name has no slash, no backslash and no dot at first")
        return name


def main():
    directory = Directory(sys.argv[1])
    operations = {"hello": directory.hello, "get": directory.get, "check": directory.check}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            operation = operations.get(request["op"])
            if operation is None:
                raise Failure("unsupported", "this program reads")
            answer = operation(request)
        except Failure as failure:
            answer = {"error": {"class": failure.error_class, "message": str(failure)}}
        print(json.dumps({"id": request["id"], **answer}), flush=True)
        if request["op"] == "hello" and "error" in answer:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
