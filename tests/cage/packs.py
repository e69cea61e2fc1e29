# Packs that mean harm, and, as CGI, a server that sends them:
#
#	packs.py make DIR	NAME.pack and NAME.ref in it
#	packs.py deep N REPO	a tree of so many folders in one another: its id
import hashlib, os, struct, sys, zlib

COMMIT, TREE, BLOB, OFS, REF = 1, 2, 3, 6, 7
names = {COMMIT: b'commit', TREE: b'tree', BLOB: b'blob'}


def oid(kind, data):
    return hashlib.sha1(names[kind] + b' %d\0' % len(data) + data).digest()


def number(n):
    out = b''
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def head(kind, size):
    first = kind << 4 | size & 15
    size >>= 4
    if size == 0:
        return bytes([first])
    return bytes([first | 128]) + number(size)


def thing(kind, data, size=None, base=b'', packed=None):
    return head(kind, len(data) if size is None else size) + base + (packed or zlib.compress(data))


def pack(things, count=None, good=True):
    body = b'PACK' + struct.pack('>II', 2, len(things) if count is None else count) + b''.join(things)
    return body + (hashlib.sha1(body).digest() if good else b'x' * 20)


def delta(base, size, ops):
    return number(base) + number(size) + ops


def make(top):
    readme = b'hello'
    tree = b'100644 a\0' + oid(BLOB, readme)
    commit = (b'tree ' + oid(TREE, tree).hex().encode() +
              b'\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n')
    whole = [thing(COMMIT, commit), thing(TREE, tree), thing(BLOB, readme)]

    def out(name, data, id=None):
        # Each is a commit of its own, or the mirror would have it already.
        with open('%s/%s.pack' % (top, name), 'wb') as f:
            f.write(data)
        with open('%s/%s.ref' % (top, name), 'w') as f:
            f.write((id or oid(COMMIT, commit)).hex())

    def other(name, things, blob=None, **more):
        t = tree if blob is None else b'100644 a\0' + blob
        c = commit.replace(oid(TREE, tree).hex().encode(), oid(TREE, t).hex().encode()) + name.encode()
        out(name, pack([thing(COMMIT, c), thing(TREE, t), thing(BLOB, readme)] + things, **more),
            oid(COMMIT, c))

    out('good', pack(whole))
    same = delta(5, 5, b'\x90\x05')
    other('cycle', [thing(REF, same, base=b'a' * 20), thing(REF, same, base=b'b' * 20)])
    other('self', [thing(REF, same, base=oid(BLOB, b'never there'))])
    other('missing', [thing(REF, same, base=b'q' * 20)])
    big = bytes(2**20)
    copy = b'\xc0\x10'  # all of it: one MiB
    ops = copy * 10240
    other('bomb', [thing(BLOB, big), thing(REF, delta(2**20, 10 * 2**30, ops), base=oid(BLOB, big))])
    z = bytes(300 * 2**20)
    other('zeros', [thing(BLOB, z, packed=zlib.compress(z, 1))], blob=oid(BLOB, z))
    # Under the name that the size it claims gives it, and under its own.
    for name, size in (('lies', 10), ('claims', 2**60)):
        x = b'x' * 1000
        other(name, [thing(BLOB, x, size=size)], blob=hashlib.sha1(b'blob %d\0' % size + x).digest())
        other(name + '2', [thing(BLOB, x, size=size)], blob=oid(BLOB, x))
    other('many', [], count=2**32 - 1)
    c = pack(whole + [thing(BLOB, os.urandom(100000))])
    cut = commit + b'cut'
    out('cut', pack([thing(COMMIT, cut), thing(BLOB, os.urandom(100000))])[:60000], oid(COMMIT, cut))
    other('sum', [thing(BLOB, b'another')], good=False)
    out('noise', os.urandom(5000), oid(COMMIT, commit + b'noise'))
    base = b'x' * 1000
    chain = [thing(BLOB, base)]
    before = len(chain[0])
    for i in range(2000):
        t = b'%08d' % i
        d = delta(1000, 1000, b'\x08' + t + b'\xb1\x08' + struct.pack('<H', 992))
        off, enc = before, b''
        enc = bytes([off & 127])
        off >>= 7
        while off:
            off -= 1
            enc = bytes([off & 127 | 128]) + enc
            off >>= 7
        chain.append(thing(OFS, d, base=enc))
        before = len(chain[-1])
    other('chain', chain)


def line(data):
    return b'%04x' % (len(data) + 4) + data


def deep(n, repo):
    import subprocess
    data = b'100644 f\0' + oid(BLOB, b'')
    things = [thing(BLOB, b''), thing(TREE, data)]
    for i in range(n):
        data = b'40000 d\0' + oid(TREE, data)
        things.append(thing(TREE, data))
    subprocess.run(['git', '-C', repo, 'index-pack', '--stdin'], input=pack(things), check=True,
                   stdout=subprocess.DEVNULL)
    print(oid(TREE, data).hex())


def serve():
    top = os.environ['PACKS']
    path = os.environ.get('PATH_INFO', '').lstrip('/')
    out = sys.stdout.buffer
    if path.startswith('hit'):
        open(top + '/hit', 'a').write('hit\n')
    name, rest = path.split('.git/', 1)
    if name == 'moved' or (name == 'later' and rest == 'git-upload-pack'):
        out.write(b'Status: 302 Found\r\nLocation: ' + os.environ['ELSEWHERE'].encode() +
                  b'/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n')
        return
    file = top + '/' + ('cut' if name == 'later' else name)
    if rest == 'info/refs':
        id = open(file + '.ref').read().encode()
        body = (line(b'# service=git-upload-pack\n') + b'0000' +
                line(id + b' HEAD\0ofs-delta symref=HEAD:refs/heads/main\n') +
                line(id + b' refs/heads/main\n') + b'0000')
        kind = b'application/x-git-upload-pack-advertisement'
    else:
        body = line(b'NAK\n') + open(file + '.pack', 'rb').read()
        kind = b'application/x-git-upload-pack-result'
    sys.stdin.buffer.read(int(os.environ.get('CONTENT_LENGTH') or 0))
    out.write(b'Status: 200 OK\r\nContent-Type: ' + kind + b'\r\nContent-Length: %d\r\n\r\n' % len(body))
    out.write(body)


if len(sys.argv) > 2 and sys.argv[1] == 'make':
    make(sys.argv[2])
elif len(sys.argv) > 3:
    deep(int(sys.argv[2]), sys.argv[3])
else:
    serve()
