# Makes archives, most of them by hand because no tool would, and unpacks each
# into an empty directory: what is refused ends with one line that says why,
# and what comes out are plain files and folders below that directory.
import bz2, gzip, io, lzma, os, random, stat, struct, subprocess, sys, tarfile
import tempfile, zipfile, zlib

program = os.path.abspath(sys.argv[1])
tests = 0
limits = ['100', '8', '4']  # files, MiB, MiB of a file


def ok(good, name, why=''):
    global tests
    tests += 1
    print('%s %d - %s' % ('ok' if good else 'not ok', tests, name))
    if not good:
        for line in why.splitlines():
            print('#', line)


def look(top):
    """{path: (mode, content)}, and what is neither file nor folder."""
    found, odd = {}, []
    for base, dirs, files in os.walk(os.fsencode(top)):
        for n in dirs + files:
            p = os.path.join(base, n)
            s = os.lstat(p)
            m = stat.S_IMODE(s.st_mode)
            rel = os.path.relpath(p, os.fsencode(top)).decode()
            if stat.S_ISREG(s.st_mode) and m in (0o644, 0o755):
                found[rel] = (m, s.st_size)
            elif not stat.S_ISDIR(s.st_mode) or m != 0o755:
                odd.append(rel)
    return found, odd


def unpack(data, args=limits):
    with tempfile.TemporaryDirectory(prefix='slipway-unpack-') as t:
        os.mkdir(t + '/in')
        with open(t + '/secret', 'w') as f:
            f.write('secret')
        with open(t + '/archive', 'wb') as f:
            f.write(data)
        p = subprocess.run([program, t + '/archive'] + args, cwd=t + '/in',
                           env={}, capture_output=True, timeout=60)
        found, odd = look(t + '/in')
        for name in found:
            with open(t + '/in/' + name, 'rb') as f:
                if b'secret' == f.read(7):
                    odd.append('the secret')
        if sorted(os.listdir(t)) != ['archive', 'in', 'secret'] or \
                open(t + '/secret').read() != 'secret':
            odd.append('something outside')
        return p.returncode, p.stdout.decode('utf-8', 'replace') + \
            p.stderr.decode('utf-8', 'replace'), found, odd


def refused(data, word, name, args=limits):
    code, out, found, odd = unpack(data, args)
    errors = [l for l in out.splitlines() if l.startswith('slipway-fetch: error ')]
    ok(code == 1 and len(errors) == 1 and word in errors[0] and not odd and
       out.splitlines()[-1:] == errors,
       name, 'exit %d, %r, odd %r, wanted %r' % (code, out, odd, word))


def harmless(data, files, name, args=limits):
    code, out, found, odd = unpack(data, args)
    ok(code == 0 and sorted(found) == sorted(files) and not odd, name,
       'exit %d, %r, found %r, odd %r' % (code, out, found, odd))
    return found, out


# Tar by hand.
def header(name, size=0, type=b'0', link=b'', mode=b'0000644\0', magic=b'ustar\00000',
           sizefield=None, prefix=b''):
    if isinstance(name, str):
        name = name.encode()
    h = bytearray(512)
    h[0:len(name[:100])] = name[:100]
    h[100:108] = mode
    h[108:116] = h[116:124] = b'0000000\0'
    h[124:136] = sizefield or b'%011o\0' % size
    h[136:148] = b'00000000000\0'
    h[148:156] = b' ' * 8
    h[156:157] = type
    h[157:157 + len(link)] = link
    h[257:265] = magic
    h[345:345 + len(prefix)] = prefix
    h[148:156] = b'%06o\0 ' % sum(h)
    return bytes(h)


def pad(data):
    return data + b'\0' * (-len(data) % 512)


def member(name, data=b'x', **more):
    return header(name, len(data), **more) + pad(data)


def pax(records, kind=b'x'):
    body = b''
    for key, value in records:
        rest = b' ' + key + b'=' + value + b'\n'
        n = len(rest)
        while n != len(rest) + len(b'%d' % n):
            n = len(rest) + len(b'%d' % n)
        body += b'%d' % n + rest
    return header('PaxHeader', len(body), type=kind) + pad(body)


end = b'\0' * 1024


def tar(*parts):
    return b''.join(parts) + end


site = tar(member('index.html', b'<h1>'), member('bin/run', b'#!', mode=b'0000755\0'),
           header('empty/', type=b'5', mode=b'0000755\0'))
files = ['bin/run', 'index.html']

# What must work.
for name, pack in (('tar', bytes), ('tar.gz', gzip.compress),
                   ('tar.bz2', bz2.compress), ('tar.xz', lzma.compress)):
    found, out = harmless(pack(site), files, name)
    ok(found['bin/run'] == (0o755, 2) and found['index.html'] == (0o644, 4),
       'modes and sizes of ' + name)
if os.access('/usr/bin/zstd', os.X_OK):
    harmless(subprocess.run(['/usr/bin/zstd', '-qc'], input=site,
                            stdout=subprocess.PIPE).stdout, files, 'tar.zst')


def made_zip(*members, how=zipfile.ZIP_DEFLATED):
    f = io.BytesIO()
    with zipfile.ZipFile(f, 'w', how) as z:
        for name, data, attr in members:
            i = zipfile.ZipInfo(name)
            i.external_attr = attr << 16
            i.compress_type = how
            z.writestr(i, data)
    return f.getvalue()


zipped = made_zip(('index.html', '<h1>', 0o100644), ('bin/run', '#!', 0o100755),
                  ('empty/', '', 0o40755))
found, out = harmless(zipped, files, 'zip')
ok(found['bin/run'] == (0o755, 2), 'modes of zip')
harmless(made_zip(('a', 'b', 0o100644), how=zipfile.ZIP_STORED), ['a'], 'zip that is not compressed')
dots = tar(header('./', type=b'5', mode=b'0000755\0'), member('./index.html'),
           member('././a//b'.replace('//', '/')))
harmless(dots, ['index.html', 'a/b'], 'tar of "."')
for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
    f = io.BytesIO()
    with tarfile.open(fileobj=f, mode='w', format=form) as t:
        for n in ('p\u00e4th/\u65e5\u672c.html', 'd' * 60 + '/' + 'f' * 60):
            i = tarfile.TarInfo(n)
            i.size = 3
            t.addfile(i, io.BytesIO(b'abc'))
    harmless(f.getvalue(), ['p\u00e4th/\u65e5\u672c.html', 'd' * 60 + '/' + 'f' * 60],
             'names of many letters, long ones, format %d' % form)
found, out = harmless(tar(member('dist/a'), member('dist/b')), ['dist/a', 'dist/b'],
                      'everything in one folder')
ok('tar czf site.tgz -C dist .' in out, 'is told what else to do')
found, out = harmless(tar(member('a'), member('.git/config'), member('b/.git/x')), ['a'],
                      'no .git')
ok('left out .git' in out, 'which is told')
found, out = harmless(tar(member('a', b'12345'), header('b', type=b'1', link=b'a')),
                      ['a', 'b'], 'a hard link within')
ok(found.get('b') == (0o644, 5), 'has the bytes')

# Names that lead out.
lead = 'cannot be used'
for n in ('/etc/cron.d/x', '//x', '../x', '../secret', 'a/../../x', 'a/..', '..', '/', '/..',
          'a/./b', 'a//b', './../x', 'a/' * 33 + 'x', 'new\nline', 'esc\x1b[31m', 'tab\t',
          'del\x7f'):
    refused(tar(pax([(b'path', n.encode())]), member('y')), lead, 'tar: %r' % n[:30])
for n in ('/etc/cron.d/x', '../x', 'a/../../x', '../../../../etc/cron.d/x'):
    refused(made_zip((n, 'x', 0o100644)), lead, 'zip: %r' % n)
refused(tar(member(b'\xff\xfe\xc3\x28')), lead, 'a name that is not UTF-8')
refused(tar(pax([(b'path', b'n' * 256)]), member('y')), lead, 'a name of 256 bytes')
harmless(tar(pax([(b'path', b'n' * 255)]), member('y')), ['n' * 255], 'a name of 255 bytes')
refused(tar(pax([(b'path', b'ab/' * 20 + b'n/' * 600 + b'x')]), member('y')), lead, 'a path of 1261 bytes')
refused(tar(member('', b'x')), '', 'no name at all')
refused(tar(member('.', b'x')), 'no name', 'a file called "."')
refused(tar(header('L', 5, type=b'L', magic=b'ustar  \0'), pad(b'../xy'), member('y')), lead,
        'GNU long name')
refused(tar(member('x', prefix=b'../..')), lead, 'ustar prefix')

# Links.
harmless(tar(header('l', type=b'2', link=b'/etc/passwd'), member('a')), ['a'], 'a symbolic link')
harmless(tar(header('l', type=b'2', link=b'..'), member('l/secret', b'pwned')), ['l/secret'],
         'a symbolic link, then a file through it')
harmless(tar(member('d/f'), header('d', type=b'2', link=b'..'), member('d/secret', b'pwned')),
         ['d/f', 'd/secret'], 'a folder that becomes a link')
harmless(tar(header('a', type=b'2', link=b'.'), header('a/b', type=b'2', link=b'..'),
             member('a/b/c')), ['a/b/c'], 'links moved step by step')
refused(tar(header('b/_headers', type=b'2', link=b'x'), member('a')), 'b/_headers is a symbolic link',
        'a link that would say who may see what')
harmless(made_zip(('l', '/etc/passwd', 0o120777), ('a', 'x', 0o100644)), ['a'], 'a link in a zip')
harmless(made_zip(('l', '..', 0o120777), ('l/secret', 'pwned', 0o100644)), ['l/secret'],
         'a link in a zip, then a file through it')
gone = 'not in the archive'
refused(tar(header('h', type=b'1', link=b'../secret')), gone, 'a hard link out')
refused(tar(header('h', type=b'1', link=b'/etc/passwd')), gone, 'an absolute hard link')
refused(tar(header('s', type=b'2', link=b'../secret'), header('h', type=b'1', link=b's')), gone,
        'a hard link to a symbolic link')
refused(tar(header('d/', type=b'5', mode=b'0000755\0'), header('h', type=b'1', link=b'd')), gone,
        'a hard link to a folder')
refused(tar(header('h', type=b'1', link=b'h')), gone, 'a hard link to itself')
refused(tar(header('h', type=b'1', link=b'later'), member('later')), gone, 'a hard link to what comes later')
refused(tar(pax([(b'linkpath', b'../secret')]), header('h', type=b'1', link=b'a')), gone,
        'a hard link out by PAX')

# What is no file.
kind = 'neither a file nor a folder'
for t, what in ((b'3', 'a character device'), (b'4', 'a block device'), (b'6', 'a FIFO')):
    refused(tar(header('x', type=t)), kind, what)
harmless(made_zip(('x', '', 0o10644)), ['x'], 'a FIFO in a zip is a file')
refused(made_zip(('x', '', 0o140644)), kind, 'a socket in a zip')
found, out = harmless(tar(member('x', mode=b'0006755\0'), header('d', type=b'5', mode=b'0007777\0')),
                      ['x'], 'setuid, sticky')
found, out = harmless(tar(member('x', mode=b'0000000\0'), header('d', type=b'5', mode=b'0000000\0'),
                          member('d/y')), ['x', 'd/y'], 'no permissions')

# Twice.
refused(tar(member('a', b'1'), member('a', b'2')), 'twice', 'a name twice')
refused(tar(member('a'), member('a/b')), 'twice', 'a file, then a folder')
refused(tar(member('a/b'), member('a')), 'twice', 'a folder, then a file')
refused(tar(member('a'), member('./a')), 'twice', 'two spellings of a name')
harmless(tar(header('d', type=b'5', mode=b'0000755\0') * 2, member('d/a')), ['d/a'], 'a folder twice')
harmless(tar(member('Index'), member('index')), ['Index', 'index'], 'names that differ by case')
harmless(tar(member('\u00e9'), member('e\u0301')), ['\u00e9', 'e\u0301'],
         'names that differ by normal form')

# Sizes, and lies about them.
refused(tar(member('a', b'x' * (4 * 2**20 + 1))), 'larger than 4 MiB', 'a file that is too large')
harmless(tar(member('a', b'x' * (4 * 2**20))), ['a'], 'one that is not')
refused(tar(*[member('f%d' % i, b'x' * 3 * 2**20) for i in range(3)]), 'larger than 8 MiB',
        'files that are too large together')
refused(tar(*[member('f%d' % i) for i in range(101)]), 'more than 100 files', 'too many files')
harmless(tar(*[member('f%d' % i) for i in range(100)]), ['f%d' % i for i in range(100)], 'as many as there may be')
refused(tar(*[header('d%d' % i, type=b'5') for i in range(101)]), 'more than 100 files', 'too many folders')
refused(tar(*[header('l%d' % i, type=b'2', link=b'x') for i in range(1402)]), 'too many entries', 'too many links')
refused(tar(header('a', sizefield=b'77777777777\0')), 'larger than', 'a size of 8 GiB')
refused(tar(header('a', sizefield=b'\x80' + b'\0' * 3 + b'\x7f' + b'\xff' * 7)), '', 'a size of 2^63')
refused(tar(header('a', sizefield=b'\xff' * 12)), '', 'a size of -1')
refused(tar(pax([(b'size', b'-512')]), member('a')), '', 'a size of -512 by PAX')
refused(tar(pax([(b'size', b'99999999999999999999')]), member('a')), '', 'a size beyond numbers')
refused(header('a', 600) + b'x' * 100, 'damaged', 'a file that is cut off')
refused(gzip.compress(site)[:-30], 'damaged', 'a stream that is cut off')
refused(b'', '', 'nothing')
refused(random.Random(1).randbytes(4096), 'not a tar or zip', 'noise')
refused(b'hello world, this is a page\n' * 99, 'not a tar or zip', 'a page')
refused(end, 'no files', 'an archive of nothing')
refused(bytes(site[:300]) + b'9' + bytes(site[301:]), '', 'a wrong checksum')
refused(tar(pax([(b'GNU.sparse.major', b'1'), (b'GNU.sparse.minor', b'0'),
                 (b'GNU.sparse.realsize', b'1099511627776'), (b'GNU.sparse.name', b'big')]),
            member('x', pad(b'1\n0\n1\n') + b'x')), '', 'a sparse file of 1 TiB')
sparse = header('big', 512, type=b'S', magic=b'ustar  \0')
b = bytearray(sparse)
b[386:398] = b'00000000000\0'
b[398:410] = b'00000001000\0'
b[483:495] = b'77777777777\0'
b[148:156] = b' ' * 8
b[148:156] = b'%06o\0 ' % sum(b)
refused(tar(bytes(b), pad(b'x' * 512)), '', 'a sparse file of 8 GiB, as of old')
code, out, found, odd = unpack(tar(pax([(b'path', b'a\0b/../../x')]), member('y')))
ok(not odd and (code == 1 or list(found) == ['a']), 'a name with NUL in it', repr((code, out, found, odd)))

# Bombs.
wide = ['100', '100000', '100000']
refused(gzip.compress(tar(member('a', bytes(2**26 + 2**24)))), '500 times', 'a small one that is large', wide)
refused(made_zip(('a', bytes(2**26 + 2**24), 0o100644)), '500 times', 'in a zip', wide)
refused(gzip.compress(tar(member('.git/a', bytes(2**26 + 2**24)), member('b'))), '500 times',
        'in what is passed over', wide)
refused(gzip.compress(gzip.compress(site)), 'twice', 'compressed twice')
nest = site
for i in range(40):
    nest = gzip.compress(nest)
refused(nest, '', 'compressed forty times')

# Zips whose two directories disagree.
z = bytearray(made_zip(('abcd', 'x' * 1000, 0o100644)))
at = z.rindex(b'PK\1\2')
z[at + 46:at + 50] = b'../x'
harmless(bytes(z), ['abcd'], 'another name in the central directory')
z[30:34] = b'../x'
refused(bytes(z), lead, 'one that leads out in both')
z[at + 46:at + 50] = b'abcd'
refused(bytes(z), lead, 'or in the local header')
z = bytearray(made_zip(('abcd', 'x' * 1000, 0o100644)))
at = z.rindex(b'PK\1\2')
struct.pack_into('<I', z, at + 24, 10)
code, out, found, odd = unpack(bytes(z))
ok(not odd and found.get('abcd', (0, 0))[1] <= 1000, 'a smaller size than there is', out)
struct.pack_into('<I', z, at + 24, 0x7fffffff)
code, out, found, odd = unpack(bytes(z))
ok(not odd and found.get('abcd', (0, 0))[1] <= 1000, 'a larger size than there is', out)
struct.pack_into('<I', z, 22, 0x7fffffff)
refused(bytes(z), 'larger than', 'or in the local header')
z = bytearray(made_zip(('abcd', 'x' * 1000, 0o100644)))
z[z.rindex(b'PK\1\2') + 8] |= 1
z[6] |= 1
refused(bytes(z), 'encrypted', 'an encrypted file')
z = bytearray(made_zip(('abcd', 'x' * 1000, 0o100644)))
struct.pack_into('<I', z, 14, 1)
refused(bytes(z), 'damaged', 'a wrong CRC')
refused(zipped[:-10], '', 'a zip that is cut off')
z = bytearray(zipped)
struct.pack_into('<I', z, z.rindex(b'PK\5\6') + 16, 2**31)
refused(bytes(z), '', 'a central directory that is elsewhere')
# Overlapping members: many names of one compressed stream.
one = made_zip(('kernel', bytes(3 * 2**20), 0o100644))
at = one.rindex(b'PK\1\2')
cd, eocd = one[at:one.rindex(b'PK\5\6')], one[one.rindex(b'PK\5\6'):]
many = b''.join(cd.replace(b'kernel', b'ker%03d' % i) for i in range(90))
e = bytearray(eocd)
struct.pack_into('<HHII', e, 8, 90, 90, len(many), at)
code, out, found, odd = unpack(one[:at] + many + bytes(e))
ok(not odd and len(found) <= 1, 'many names of one file', repr((code, out, found)))
print('1..%d' % tests)
