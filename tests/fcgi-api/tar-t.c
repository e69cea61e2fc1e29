/* fcgi-api/tar: what no test can have a file for. */
#include <stdlib.h>
#include <string.h>

#include "fcgi-api/tar.h"
#include "tap.h"

#define BIG 8589934592 /* one more than eleven octal digits say */

static char buf[TAR_HEAD_MAX];

int
main(void)
{
	char name[TAR_NAME_MAX];
	size_t n;

	n = tar_head(buf, "a", 1, 5, 1700000000);
	ok(n == TAR_BLOCK, "a short name has one block");
	ok(strcmp(buf + 124, "00000000005") == 0, "with the size");
	ok(strcmp(buf + 136, "14524770400") == 0, "and the time");
	ok(strtol(buf + 148, NULL, 8) > 0 && buf[154] == '\0' &&
		buf[155] == ' ',
	    "and a sum as it is to be written");

	n = tar_head(buf, "a", 1, BIG, 0);
	ok(n == 3 * TAR_BLOCK && buf[156] == 'x' && buf[1024 + 156] == '0',
	    "a file of 8 GiB has an extended head");
	ok(strcmp(buf + 512, "19 size=8589934592\n") == 0,
	    "which says its size");
	n = tar_head(buf, "a", 1, BIG - 1, 0);
	ok(n == TAR_BLOCK && strcmp(buf + 124, "77777777777") == 0,
	    "one byte less has none");

	memset(name, 'n', sizeof(name));
	ok(tar_head(NULL, name, 100, 0, 0) == TAR_BLOCK, "100 bytes fit");
	ok(tar_head(buf, name, 101, 0, 0) == 3 * TAR_BLOCK &&
		strncmp(buf + 512, "111 path=nnn", 12) == 0 &&
		buf[512 + 110] == '\n',
	    "101 do not");
	/* 9 + 90 would be 99, and 100 more than two digits. */
	ok(tar_head(buf, "\xc3\xbc", 2, 0, 0) == 3 * TAR_BLOCK &&
		strcmp(buf + 512, "11 path=\xc3\xbc\n") == 0,
	    "nor does what is not ASCII");
	memset(name, 0xbc, sizeof(name));
	(void)tar_head(buf, name, 90, 0, 0);
	ok(strncmp(buf + 512, "99 path=", 8) == 0, "a record of 99 bytes");
	(void)tar_head(buf, name, 91, 0, 0);
	ok(strncmp(buf + 512, "101 path=", 9) == 0, "and the next of 101");
	n = tar_head(buf, name, TAR_NAME_MAX, UINT64_MAX, 0);
	ok(n == tar_head(NULL, name, TAR_NAME_MAX, UINT64_MAX, 0) &&
		n <= TAR_HEAD_MAX,
	    "the largest fits");
	ok(tar_padding(0) == 0 && tar_padding(1) == 511 &&
		tar_padding(512) == 0 && tar_padding(BIG - 1) == 1,
	    "padding");
	return done();
}
