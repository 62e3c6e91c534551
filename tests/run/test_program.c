/* SPDX-License-Identifier: MIT */
/*
 * What the launcher says of a program before it starts it: found or not, fit to
 * be started, fit to be tracked.  Foreign and musl programs are made up here:
 * only their ELF headers are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch_elf.h"

/* Any shared object of this machine stands in for the shim. */
static const char *shim;
static struct launch_program program;

static void look_at(const char *name)
{
	launch_program_inspect(&program, name, shim);
}

static int enter_directory(void **state)
{
	char *name = strdup("/tmp/leakscope-test-XXXXXX");

	*state = name;
	return !name || !mkdtemp(name) || chdir(name);
}

static int leave_directory(void **state)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
	free(*state);
	return chdir("/") || system(command);
}

static void write_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static void write_script(const char *name, const char *text)
{
	write_file(name, text, strlen(text), 0755);
}

/* A little ELF program with the interpreter INTERP (NULL: none) and a Go note or not. */
struct tiny {
	Elf64_Ehdr head;
	Elf64_Phdr segments[3];
	char interp[64];
	struct {
		Elf64_Nhdr head;
		char name[4];
		char bytes[8];
	} note;
};

static struct tiny tiny_program(uint16_t machine, const char *interp, int go)
{
	struct tiny t;
	int n = 0;

	memset(&t, 0, sizeof t);
	memcpy(t.head.e_ident, ELFMAG, SELFMAG);
	t.head.e_ident[EI_CLASS] = ELFCLASS64;
	t.head.e_ident[EI_DATA] = ELFDATA2LSB;
	t.head.e_ident[EI_VERSION] = EV_CURRENT;
	t.head.e_type = ET_EXEC;
	t.head.e_machine = machine;
	t.head.e_phoff = offsetof(struct tiny, segments);
	t.head.e_phentsize = sizeof t.segments[0];
	t.segments[n++] = (Elf64_Phdr){.p_type = PT_LOAD, .p_filesz = sizeof t};
	if (interp) {
		snprintf(t.interp, sizeof t.interp, "%s", interp);
		t.segments[n++] = (Elf64_Phdr){.p_type = PT_INTERP,
					       .p_offset = offsetof(struct tiny, interp),
					       .p_filesz = strlen(interp) + 1};
	}
	if (go) {
		t.note.head = (Elf64_Nhdr){4, 8, 4};
		memcpy(t.note.name, "Go", 3);
		t.segments[n++] = (Elf64_Phdr){.p_type = PT_NOTE,
					       .p_offset = offsetof(struct tiny, note),
					       .p_filesz = sizeof t.note};
	}
	t.head.e_phnum = (Elf64_Half)n;
	return t;
}

static uint16_t own_machine(void)
{
	Elf64_Ehdr head;
	FILE *f = fopen("/proc/self/exe", "r");

	assert_non_null(f);
	assert_int_equal(fread(&head, sizeof head, 1, f), 1);
	fclose(f);
	return head.e_machine;
}

static void programs_are_found_by_path(void **state)
{
	(void)state;
	look_at("sh");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_false(program.untracked);
	assert_int_equal(program.path[0], '/');
	look_at("/bin/sh");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_string_equal(program.path, "/bin/sh");
	look_at("no-such-program-anywhere");
	assert_int_equal(program.state, LAUNCH_NOT_FOUND);
	look_at("./sh");
	assert_int_equal(program.state, LAUNCH_NOT_FOUND);
	look_at("");
	assert_int_equal(program.state, LAUNCH_NOT_FOUND);
}

static void what_cannot_start_is_refused(void **state)
{
	(void)state;
	look_at("/");
	assert_int_equal(program.state, LAUNCH_NO_START);
	assert_string_equal(program.problem, "is a directory");
	write_file("plain", "x", 1, 0644);
	look_at("./plain");
	assert_int_equal(program.state, LAUNCH_NO_START);
	assert_string_equal(program.problem, "Permission denied");
	look_at("./plain/x");
	assert_int_equal(program.state, LAUNCH_NO_START);
	write_script("orphan", "#!/no/such/interpreter -x\n");
	look_at("./orphan");
	assert_int_equal(program.state, LAUNCH_NO_START);
	assert_non_null(strstr(program.problem, "/no/such/interpreter"));
	write_script("loop", "#!./loop\n");
	look_at("./loop");
	assert_int_equal(program.state, LAUNCH_NO_START);
}

static void scripts_are_followed(void **state)
{
	struct tiny t = tiny_program(own_machine(), NULL, 0);

	(void)state;
	write_script("good", "#! /bin/sh -e\nexit 0\n");
	look_at("./good");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_string_equal(program.interpreter, "/bin/sh");
	assert_false(program.untracked);
	write_script("by-env", "#!/usr/bin/env sh\n");
	look_at("./by-env");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_string_equal(program.interpreter, "/usr/bin/env");
	write_file("static", &t, sizeof t, 0755);
	write_script("inner", "#!./static\n");
	write_script("outer", "#!./inner\n");
	look_at("./outer");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_true(program.untracked);
	assert_string_equal(program.interpreter, "./static");
	/* No #! and no ELF: /bin/sh will read it, as execvp does. */
	write_script("bare", "exit 0\n");
	look_at("./bare");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_false(program.untracked);
}

static void untrackable_programs_are_named(void **state)
{
	static const struct {
		const char *interp;
		int foreign, go, harms;
		const char *reason; /* NULL: it can be tracked */
	} cases[] = {
		{NULL, 0, 0, 0, "statically linked"},
		{NULL, 0, 1, 0, "static Go program"},
		{"/lib/ld-musl-x86_64.so.1", 0, 0, 1, "musl"},
		{"/lib/ld-linux.so.2", 1, 0, 1, "machine 9999"},
		{"/lib64/ld-linux-x86-64.so.2", 0, 0, 0, NULL},
		{"/lib64/ld-linux-x86-64.so.2", 0, 1, 0, NULL}, /* Go with cgo */
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tiny t = tiny_program(cases[i].foreign ? 9999 : own_machine(),
					     cases[i].interp, cases[i].go);

		write_file("program", &t, sizeof t, 0755);
		look_at("./program");
		assert_int_equal(program.state, LAUNCH_OK);
		assert_int_equal(program.untracked, cases[i].reason != NULL);
		assert_int_equal(program.preload_harms, cases[i].harms);
		if (cases[i].reason) {
			assert_non_null(strstr(program.reason, cases[i].reason));
			assert_true(*program.remedy);
		}
	}
}

static void the_loader_itself_is_no_static_program(void **state)
{
	struct tiny t = tiny_program(own_machine(), NULL, 0);

	(void)state;
	write_file("ld-linux-test.so.2", &t, sizeof t, 0755);
	look_at("./ld-linux-test.so.2");
	assert_int_equal(program.state, LAUNCH_OK);
	assert_false(program.untracked);
}

/* Only root can make a file that belongs to somebody else; others use su, which is setuid. */
static void setuid_programs_are_named(void **state)
{
	struct tiny t = tiny_program(own_machine(), "/lib64/ld-linux-x86-64.so.2", 0);
	const char *name = "./program";

	(void)state;
	if (!getuid()) {
		write_file("program", &t, sizeof t, 0755);
		assert_int_equal(chown("program", 65534, 65534), 0);
		look_at(name);
		assert_false(program.untracked);
		assert_int_equal(chmod("program", 02755), 0);
		look_at(name);
		assert_true(program.untracked);
		assert_non_null(strstr(program.reason, "setgid"));
		assert_int_equal(chmod("program", 04755), 0);
	} else {
		name = "/usr/bin/su";
	}
	look_at(name);
	assert_true(program.untracked);
	assert_non_null(strstr(program.reason, "setuid"));
}

/* Every cut and many broken fields: no crash, and never "not found". */
static void broken_files_do_no_harm(void **state)
{
	struct tiny t = tiny_program(own_machine(), "/lib64/ld-linux-x86-64.so.2", 1);
	unsigned char bytes[sizeof t];

	(void)state;
	for (size_t size = 0; size < sizeof t; size += 3) {
		write_file("cut", &t, size, 0755);
		look_at("./cut");
		assert_int_equal(program.state, LAUNCH_OK);
	}
	for (size_t i = EI_CLASS; i < sizeof t; i++) {
		memcpy(bytes, &t, sizeof t);
		bytes[i] ^= 0xff;
		write_file("broken", bytes, sizeof bytes, 0755);
		look_at("./broken");
		assert_int_equal(program.state, LAUNCH_OK);
	}
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(programs_are_found_by_path),
		file_test(what_cannot_start_is_refused),
		file_test(scripts_are_followed),
		file_test(untrackable_programs_are_named),
		file_test(the_loader_itself_is_no_static_program),
		file_test(setuid_programs_are_named),
		file_test(broken_files_do_no_harm),
	};

	shim = "/proc/self/exe";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
