"""Tells the AWS CLI's stories without its start: a Python that has read the CLI's libraries forks for every call, and
the fork runs the CLI's own program. A start is four fifths of the processor time of a call.

    python3 aws-cli-warm.py /usr/bin/aws     prints the port of 127.0.0.1 it listens at

A call is text ended by NUL: count of arguments, folder, files for what it prints (stdout, stderr), the arguments, then
the environment up to an empty text. The answer is the exit code.
"""

import os
import runpy
import socketserver
import sys

import awscli.clidriver

program = sys.argv[1]
# The CLI's package names its own data by this variable when it is imported.
made = {name: os.environ[name] for name in ("AWS_DATA_PATH",) if name in os.environ}


class Call(socketserver.StreamRequestHandler):
    def text(self):
        return b"".join(iter(lambda: self.rfile.read(1), b"\0")).decode()

    def handle(self):
        count, folder, stdout, stderr = int(self.text()), self.text(), self.text(), self.text()
        arguments = [self.text() for _ in range(count)]
        environment = dict(entry.split("=", 1) for entry in iter(self.text, ""))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment, **made)
        for number, name in ((1, stdout), (2, stderr)):
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
            os.close(file)
        self.wfile.write(f"{ended_with(arguments)}\n".encode())


def ended_with(arguments):
    sys.argv = [program, *arguments]
    try:
        runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as exit:
        code = exit.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code


# What is read for the first command line is read once, not by every fork.
awscli.clidriver.create_clidriver()
with socketserver.ForkingTCPServer(("127.0.0.1", 0), Call) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
