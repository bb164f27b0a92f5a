#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Type each line of standard input at a shell on a terminal, have it complete the last word with everything that fits, and print the
words that it made of it, a line a line. Usage: complete.py bash|zsh COMPLETION"""
import os
import pty
import re
import select
import sys
import time

BASH = """PS1= PS2=; bind 'set enable-bracketed-paste off'; bind '"\\C-xa": insert-completions'; source {file}
"""
# The recipe of zshcompsys(1), "_all_matches".
ZSH = """PS1= PS2= RPS1= zle_bracketed_paste=(); unsetopt zle prompt_sp prompt_cr; setopt zle interactive_comments
fpath=({dir} $fpath); autoload -U compinit; compinit -u -D
zle -C all-matches complete-word _generic; bindkey -e; bindkey '^Xa' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete; zstyle ':completion:all-matches:*' insert yes
"""


class Shell:
    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", INPUTRC="/dev/null", HISTFILE="")
            os.execvp(argv[0], argv)
        self.said = ""

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern, seconds=60):
        end = time.monotonic() + seconds
        while not (m := re.search(pattern, self.said)):
            if time.monotonic() > end or not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit(f"no {pattern!r} from the shell in {seconds} s; it said: {self.said!r}")
            try:
                self.said += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                sys.exit(f"the shell ended; it said: {self.said!r}")
        self.said = self.said[m.end():]
        return m


def main():
    shell, file = sys.argv[1:]
    file = os.path.abspath(file)
    s = Shell(["bash", "--norc", "--noprofile", "-i"] if shell == "bash" else ["zsh", "-f", "-i"])
    setup = BASH if shell == "bash" else ZSH
    s.send(setup.format(file=file, dir=os.path.dirname(file)) + "echo rea''dy\n")
    s.wait_for(r"\nready\r?\n|^ready\r?\n")
    for line in sys.stdin:
        # Complete, go to the line's begin, make it an argument list and print it.
        s.send(line.rstrip("\n") + "\x18a" + "\x01" + "printf '<%s>\\n' bef''ore " + "\x05" + " aft''er\n")
        s.wait_for("<before>\r?\n")
        words = s.wait_for(r"((?:<[^\n]*>\r?\n)*)<after>\r?\n")[1]
        print(*(w[1:-1] for w in words.replace("\r", "").split("\n") if w))
    s.send("exit\n")
    os.close(s.fd)
    os.waitpid(s.pid, 0)


main()
