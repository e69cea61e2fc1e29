/*
 * lag -- how old a line of a build's log is when the API has given it.
 *
 *	lag URL TOKEN AFTER SECONDS
 *
 * Follows the log at URL as the command line does, from the line after that
 * number on.  Each line has " at T " in it, the milliseconds since 1970 when it
 * was printed.  Prints one number for each that was printed since somebody
 * followed: how many milliseconds later the whole answer that holds it was
 * here.  Ends after SECONDS, or with the build.
 */
#include <curl/curl.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define URL_MAX 1024
/* As the API writes it; in a line the quotes would have a backslash. */
#define LAST "\"last\" : "
#define DONE "\"done\" : true"

struct answer {
	size_t n;
	char text[1 << 22];
};

static struct answer answer;

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static size_t
keep(char *part, size_t one, size_t n, void *arg)
{
	(void)one;
	(void)arg;
	if (n >= sizeof(answer.text) - answer.n)
		return 0;
	memcpy(answer.text + answer.n, part, n);
	answer.n += n;
	answer.text[answer.n] = '\0';
	return n;
}

/* The lines of an answer that came at that time; the number of the last. */
static long
read_lines(double began, double came)
{
	const char *p = answer.text;
	double at;

	while ((p = strstr(p, " at ")) != NULL) {
		p += 4;
		if ((at = strtod(p, NULL)) >= began)
			printf("%.0f\n", came - at);
	}
	if ((p = strstr(answer.text, LAST)) == NULL)
		errx(1, "not a log: %.200s", answer.text);
	return atol(p + strlen(LAST));
}

int
main(int argc, char *argv[])
{
	char url[URL_MAX], bearer[URL_MAX], bad[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers;
	double began;
	CURL *curl;
	long after;

	if (argc != 5)
		errx(2, "see the head of lag.c");
	after = atol(argv[3]);
	began = now_ms();
	if ((curl = curl_easy_init()) == NULL)
		errx(1, "no curl");
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", argv[2]);
	headers = curl_slist_append(NULL, bearer);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, bad);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	while (now_ms() < began + atof(argv[4]) * 1e3) {
		snprintf(url, sizeof(url), "%s?after=%ld&limit=1000&wait=10",
		    argv[1], after);
		curl_easy_setopt(curl, CURLOPT_URL, url);
		answer.n = 0;
		if (curl_easy_perform(curl) != CURLE_OK)
			errx(1, "%s: %s", url, bad);
		after = read_lines(began, now_ms());
		if (strstr(answer.text, DONE) != NULL)
			break;
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return 0;
}
