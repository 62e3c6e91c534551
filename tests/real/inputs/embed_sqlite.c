/* SPDX-License-Identifier: MIT */
/*
 * A program with libsqlite3 in it, and leaks in known places.  Says on stdout what it
 * has planted: function and blocks.  How many blocks a statement that was never
 * finalized keeps, sqlite itself knows best.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif

/* Called by sqlite for each row. */
static NOINLINE void forget_in_callback(sqlite3_context *context, int count, sqlite3_value **value)
{
	(void)count;
	/* all of it written to: what the heap holds from before would lead to other blocks */
	volatile char *p = malloc(64);
	for (int i = 0; p && i < 64; i++)
		p[i] = (char)sqlite3_value_int(*value);
	sqlite3_result_int(context, p ? p[3] : -1);
}

/* What sqlite has allocated is the caller's. */
static NOINLINE void forget_text(int i)
{
	char *text = sqlite3_mprintf("the text of number %d", i);
	if (text)
		text[0] = 'T';
}

static int fill(sqlite3 *db)
{
	return sqlite3_exec(db,
			    "create table t (a integer primary key, b text);"
			    "insert into t values (1,'x'),(2,'y'),(3,'z'),(4,'u'),(5,'v');"
			    "create index i on t (b)",
			    NULL, NULL, NULL) == SQLITE_OK;
}

static int run_callbacks(void)
{
	sqlite3 *db;
	int ok = sqlite3_open(":memory:", &db) == SQLITE_OK && fill(db);
	ok = ok && sqlite3_create_function(db, "planted", 1, SQLITE_UTF8, NULL, forget_in_callback,
					   NULL, NULL) == SQLITE_OK;
	ok = ok && sqlite3_exec(db, "select planted(a) from t", NULL, NULL, NULL) == SQLITE_OK;
	return sqlite3_close(db) == SQLITE_OK && ok;
}

static long in_use(void)
{
	sqlite3_int64 now = 0, most;
	sqlite3_status64(SQLITE_STATUS_MALLOC_COUNT, &now, &most, 0);
	return (long)now;
}

/* The statement is not finalized, so that the connection lives on after its close. */
static NOINLINE int forget_statement(void)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	int ok = sqlite3_open(":memory:", &db) == SQLITE_OK && fill(db);
	ok = ok && sqlite3_prepare_v2(db, "select b from t where a > ? order by b", -1, &statement,
				      NULL) == SQLITE_OK;
	ok = ok && sqlite3_bind_int(statement, 1, 2) == SQLITE_OK;
	ok = ok && sqlite3_step(statement) == SQLITE_ROW;
	return sqlite3_close_v2(db) == SQLITE_OK && ok;
}

int main(void)
{
	/* a buffer that libc takes from the heap would hold what was there before */
	static char output[BUFSIZ];
	setvbuf(stdout, output, _IOFBF, sizeof output);
	if (!run_callbacks())
		return 2;
	for (int i = 0; i < 6; i++)
		forget_text(i);
	long before = in_use();
	if (!forget_statement())
		return 2;
	printf("forget_in_callback 5\nforget_text 6\nforget_statement %ld\n", in_use() - before);
	return 0;
}
