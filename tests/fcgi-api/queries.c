/*
 * Prints fcgi-api's statements as SQL that prepares each of them, for query.t:
 * whoever runs it as slipway_api learns what that role could not do.
 */
#include <stdio.h>

#include "fcgi-api/query.h"

int
main(void)
{
	int i;

	for (i = 0; i < Q__MAX; i++)
		if (queries[i].sql == NULL)
			printf("SELECT no_statement_%d;\n", i);
		else if (i != Q_LISTEN) /* is not prepared, but sent */
			printf("PREPARE %s AS %s;\n", queries[i].name,
			    queries[i].sql);
	return 0;
}
