#!/usr/bin/python3
"""A name server of a test's own, which changes its mind.

	resolver.py ADDRESS PORT LOG [NAME=A[+A...],A...] ...

The first question for NAME is answered by what stands before the first comma,
the next by what is behind it, and so on, the last for ever; of A+A by both at
once.  Other names and types have nothing.  One line of LOG a question for an A.
"""
import socket
import sys

ip, port, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
names = {}
for arg in sys.argv[4:]:
    name, _, answers = arg.partition('=')
    names[name] = answers.split(',')


def answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode('ascii'))
        at += 1 + query[at]
    question = query[12:at + 5]
    name, records = '.'.join(labels).lower(), []
    known = names.get(name)
    if known and question[-4:] == b'\0\1\0\1':
        records = known[0].split('+')
        if len(known) > 1:
            known.pop(0)
        with open(log, 'a') as f:
            f.write('%s %s\n' % (name, '+'.join(records)))
    head = query[:2] + (b'\x81\x80' if known else b'\x81\x83') + b'\0\1' + \
        len(records).to_bytes(2, 'big') + b'\0\0\0\0'
    return head + question + b''.join(
        b'\xc0\x0c\0\1\0\1\0\0\0\0\0\4' + socket.inet_aton(a) for a in records)


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((ip, port))
print('ready', flush=True)
while True:
    query, who = s.recvfrom(4096)
    s.sendto(answer(query), who)
