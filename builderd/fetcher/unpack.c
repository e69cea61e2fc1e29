/*
 * slipway-unpack -- the files of a tar or zip archive.
 *
 *	slipway-unpack archive files bytes file
 *
 * Unpacks into its working directory, which is empty: at most so many files
 * and folders, so many MiB of them, and none larger than so many MiB.
 * slipway-fetch becomes this program, in its cage; it says what ../fetch.h
 * says, and is the only one that links libarchive.
 *
 * Of an archive only regular files and folders come out, each where nothing
 * was, with no more of their modes than whether they can be run.
 */
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetcher.h"
#include "member.h"
#include "place.h"
#include "valid.h"

#define BLOCK 65536
#define MIB   ((uint64_t)1 << 20)

/* Nothing that is worth building shrinks like this; bombs do. */
#define RATIO      500
#define RATIO_FROM (64 * MIB)

static struct {
	uint64_t files, bytes, file; /* limits */
	uint64_t packed;             /* size of the archive */
} most;

static struct {
	uint64_t entries, files, bytes, links, apart;
	char top[256]; /* the one folder that everything is in, so far */
	int many;      /* there is more than that */
} seen;

static void __attribute__((noreturn)) broken(struct archive *a)
{
	const char *why = archive_error_string(a);

	if (archive_errno(a) == ENOSPC)
		give_up("too_large", "the files are larger than build-disk");
	give_up("upload", "the archive is damaged, or not a tar or zip: %s",
	    why != NULL ? why : "it cannot be read");
}

/* A filter that would run another program is none. */
static struct archive *
open_archive(const char *path)
{
	struct archive *a = archive_read_new();
	struct stat st;

	if (a == NULL || stat(path, &st) == -1)
		give_up("upload",
		    "the upload is no longer there: deploy again");
	most.packed = (uint64_t)st.st_size;
	if (archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
	    archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_support_format_zip_seekable(a) != ARCHIVE_OK)
		give_up("internal", "libarchive lacks a format");
	if (archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK)
		broken(a);
	return a;
}

/* What came out, or was passed over, against what went in. */
static void
bomb(struct archive *a)
{
	uint64_t out = (uint64_t)archive_filter_bytes(a, 0);

	if (out < seen.bytes)
		out = seen.bytes;
	if (out > RATIO_FROM && out / RATIO > most.packed)
		give_up("too_large",
		    "the archive unpacks to more than %d times its size",
		    RATIO);
}

static void
put(int fd, const char *buf, size_t n, const char *path)
{
	ssize_t w;

	for (; n > 0; buf += w, n -= (size_t)w)
		if ((w = write(fd, buf, n)) == -1)
			give_up(errno == ENOSPC ? "too_large" : "upload",
			    "%s: cannot be written: %s", path, strerror(errno));
}

/* Its bytes, however many it said they were; holes are zeros. */
static void
copy(struct archive *a, int fd, const char *path)
{
	static char buf[BLOCK];
	uint64_t size = 0;
	la_ssize_t n;

	while ((n = archive_read_data(a, buf, sizeof(buf))) > 0) {
		size += (uint64_t)n;
		seen.bytes += (uint64_t)n;
		if (size > most.file)
			give_up("too_large",
			    "%s is larger than %llu MiB (upload-file-size)",
			    path, (unsigned long long)(most.file / MIB));
		if (seen.bytes > most.bytes)
			give_up("too_large",
			    "the files are larger than %llu MiB "
			    "(upload-bytes)",
			    (unsigned long long)(most.bytes / MIB));
		bomb(a);
		put(fd, buf, (size_t)n, path);
	}
	if (n < 0)
		broken(a);
}

static void __attribute__((noreturn)) cannot(const char *path)
{
	if (errno == ENOSPC)
		give_up("too_large", "%s: no room for another file", path);
	if (errno == EEXIST)
		give_up("upload",
		    "%s is in the archive twice, or a folder and a file", path);
	give_up("upload", "%s: %s", path, strerror(errno));
}

/* Another name of a file that came before. */
static void
same(const char *target, char *path)
{
	char old[VALID_PATH_MAX + 1];

	if (target == NULL || member_path(target, old) != MEMBER_OK ||
	    (place_same(AT_FDCWD, old, path) == -1 && errno != EEXIST))
		give_up("upload", "%s is a link to what is not in the archive",
		    path);
	else if (errno == EEXIST)
		cannot(path);
}

static void
regular(struct archive *a, struct archive_entry *e, char *path)
{
	int fd;

	if (archive_entry_is_data_encrypted(e))
		give_up("upload", "%s is encrypted", path);
	if (archive_entry_size_is_set(e) &&
	    (archive_entry_size(e) < 0 ||
		(uint64_t)archive_entry_size(e) > most.file))
		give_up("too_large",
		    "%s is larger than %llu MiB (upload-file-size)", path,
		    (unsigned long long)(most.file / MIB));
	fd = place_file(AT_FDCWD, path, (archive_entry_perm(e) & 0100) != 0);
	if (fd == -1)
		cannot(path);
	copy(a, fd, path);
	if (close(fd) == -1)
		cannot(path);
}

/* People pack a folder and forget that it then is in the way. */
static void
note_top(const char *path, int folder)
{
	size_t n = strcspn(path, "/");

	if (path[n] == '\0' && !folder)
		seen.many = 1;
	else if (seen.top[0] == '\0')
		memcpy(seen.top, path, n); /* at most 255 */
	else if (strncmp(seen.top, path, n) != 0 || seen.top[n] != '\0')
		seen.many = 1;
}

static void
count(void)
{
	if (++seen.files > most.files)
		give_up("too_large",
		    "the archive has more than %llu files (upload-files)",
		    (unsigned long long)most.files);
}

static void
entry(struct archive *a, struct archive_entry *e)
{
	const char *name = archive_entry_pathname_utf8(e);
	char path[VALID_PATH_MAX + 1] = "";
	mode_t type = archive_entry_filetype(e);
	int linked = archive_entry_hardlink(e) != NULL ||
	    archive_entry_hardlink_utf8(e) != NULL;
	enum member where;

	/* What is passed over costs time, too. */
	if (++seen.entries > 4 * most.files + 1000)
		give_up("too_large", "the archive has too many entries");
	bomb(a);
	if (name == NULL)
		name = archive_entry_pathname(e);
	where = name == NULL ? MEMBER_BAD : member_path(name, path);
	if (where == MEMBER_BAD)
		give_up("upload", "the name \"%.200s\" cannot be used: %s",
		    name == NULL ? "?" : name, valid_path("/")->message);
	if (where == MEMBER_APART) {
		seen.apart++;
		return;
	}
	if (where == MEMBER_TOP && type == AE_IFDIR)
		return;
	if (where == MEMBER_TOP)
		give_up("upload", "a file in the archive has no name");
	if (!linked && type == AE_IFLNK && valid_rule_file(path))
		give_up("upload",
		    "%s is a symbolic link, and those are left out: pack the "
		    "file itself, or what it says of serving is lost",
		    path);
	if (!linked && type == AE_IFLNK) {
		seen.links++;
		return;
	}
	if (!linked && type != AE_IFREG && type != AE_IFDIR)
		give_up("upload", "%s is neither a file nor a folder", path);
	count();
	note_top(path, type == AE_IFDIR);
	if (linked)
		same(archive_entry_hardlink_utf8(e) != NULL ?
			archive_entry_hardlink_utf8(e) :
			archive_entry_hardlink(e),
		    path);
	else if (type == AE_IFREG)
		regular(a, e, path);
	else if (place_dir(AT_FDCWD, path) == -1)
		cannot(path);
}

static void
summary(void)
{
	if (seen.links > 0)
		line("left out %llu symbolic links: only files travel",
		    (unsigned long long)seen.links);
	if (seen.apart > 0)
		line("left out .git and .slipway");
	if (seen.files == 0)
		give_up("upload", "there are no files in the archive");
	if (!seen.many && seen.top[0] != '\0')
		line("everything is in the folder %s: unless that is the "
		     "root directory of the project, pack what is in it: "
		     "tar czf site.tgz -C %s .",
		    seen.top, seen.top);
	line("%llu files and folders, %llu KiB", (unsigned long long)seen.files,
	    ((unsigned long long)seen.bytes + 1023) / 1024);
}

static uint64_t
number(const char *s)
{
	if (*s < '1' || *s > '9' || strlen(s) > 9 ||
	    strspn(s, "0123456789") != strlen(s))
		give_up("internal", "slipway-unpack: %s", s);
	return strtoull(s, NULL, 10);
}

int
main(int argc, char **argv)
{
	struct archive_entry *e;
	struct archive *a;
	int got;

	if (argc != 5)
		give_up("internal", "slipway-unpack archive files bytes file");
	most.files = number(argv[2]);
	most.bytes = number(argv[3]) * MIB;
	most.file = number(argv[4]) * MIB;
	umask(022);
	setlocale(LC_CTYPE, "C.UTF-8"); /* names are that, and stay bytes */
	a = open_archive(argv[1]);
	while ((got = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
	    got == ARCHIVE_WARN) {
		/* That there is one more round is all that a quine says. */
		if (archive_filter_count(a) > 2)
			give_up("upload", "the archive is compressed twice");
		entry(a, e);
	}
	if (got != ARCHIVE_EOF)
		broken(a);
	summary();
	archive_read_free(a);
	return 0;
}
