/* SPDX-License-Identifier: MIT */
/*
 * The launcher's side of the environment protocol; see the header.
 */
#include "launch_env.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHIM_NAME "libleakscope.so"
#define PID_ROOM 24 /* ".<pid>.2" or ".exec1" behind a name */

int launch_find_shim(char *path, struct lr_error *err)
{
	/* Relative to the command: installed, on Debian's multiarch, in the build tree. */
	static const char *const places[] = {
		"",
		"../lib/",
		"../lib64/",
#ifdef LEAKSCOPE_MULTIARCH
		"../lib/" LEAKSCOPE_MULTIARCH "/",
#elif defined(__x86_64__)
		"../lib/x86_64-linux-gnu/",
#elif defined(__aarch64__)
		"../lib/aarch64-linux-gnu/",
#endif
		"../lib/leakscope/",
		"../shim/",
	};
	const char *given = getenv("LEAKSCOPE_SHIM");
	char self[PATH_MAX], candidate[2 * PATH_MAX];
	ssize_t n;

	if (given && *given) {
		if (!realpath(given, path) || access(path, R_OK))
			return lr_fail(err, "LEAKSCOPE_SHIM=%s: %s; set it to the path of %s",
				       given, strerror(errno), SHIM_NAME);
		goto found;
	}
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return lr_fail(err, "/proc/self/exe: %s; set LEAKSCOPE_SHIM to the path of %s",
			       strerror(errno), SHIM_NAME);
	self[n] = '\0';
	strrchr(self, '/')[1] = '\0';
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(candidate, sizeof candidate, "%s%s%s", self, places[i], SHIM_NAME);
		if (!access(candidate, R_OK) && realpath(candidate, path))
			goto found;
	}
	return lr_fail(err,
		       "%s was not found beside %s nor in ../lib; set LEAKSCOPE_SHIM to its "
		       "path",
		       SHIM_NAME, self);
found:
	if (strpbrk(path, ": "))
		return lr_fail(err,
			       "%s: LD_PRELOAD can't hold a path with a colon or a space; "
			       "link or copy %s elsewhere and set LEAKSCOPE_SHIM",
			       path, SHIM_NAME);
	return 0;
}

/*
 * Can files be made in DIR?  Tried, because access() says yes to root for places
 * like /proc.  A full disk is no reason to stop: the recording goes elsewhere.
 */
static int check_writable(const char *dir, const char *remedy, struct lr_error *err)
{
	char name[PATH_MAX + 32];
	int fd;

	snprintf(name, sizeof name, "%s/.leakscope-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		unlink(name);
	} else if (errno != ENOSPC && errno != EDQUOT && errno != EMFILE && errno != ENFILE) {
		return lr_fail(err, "recordings can't be written in %s: %s; %s", dir,
			       strerror(errno), remedy);
	}
	return 0;
}

/* mkdir -p; PATH is changed for a moment. */
static int make_directories(char *path)
{
	struct stat st;

	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0777) && errno != EEXIST) {
			*p = '/';
			return -errno;
		}
		*p = '/';
	}
	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	return stat(path, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int launch_store_find(char *absolute, const char *path, struct lr_error *err)
{
	struct stat st;

	if (!realpath(path, absolute) || stat(absolute, &st))
		return lr_fail(err, "store %s: %s; name an existing directory", path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return lr_fail(err, "store %s: is no directory; name an existing directory", path);
	return check_writable(absolute, "choose another directory with --store", err);
}

/* The name of a file that is to be written: its directory must exist. */
static int place_file(struct launch_place *place, const char *path, struct lr_error *err)
{
	char copy[PATH_MAX], *base;
	int n;

	snprintf(copy, sizeof copy, "%s", path);
	if (!realpath(dirname(copy), place->dir))
		return lr_fail(err,
			       "-o %s: %s: %s; create the directory first, or end the path "
			       "in '/'",
			       path, copy, strerror(errno));
	snprintf(copy, sizeof copy, "%s", path);
	base = basename(copy);
	n = snprintf(place->out, sizeof place->out, "%s/%s",
		     strcmp(place->dir, "/") ? place->dir : "", base);
	if (n >= (int)sizeof place->out || strlen(base) > NAME_MAX - PID_ROOM)
		return lr_fail(err, "-o %s: the name is too long", path);
	return 0;
}

int launch_place_find(struct launch_place *place, const char *path, struct lr_error *err)
{
	const char *remedy = "choose another directory with -o DIRECTORY/";
	size_t length = path ? strlen(path) : 0;
	struct stat st;

	memset(place, 0, sizeof *place);
	if (!path) {
		if (!getcwd(place->dir, sizeof place->dir))
			return lr_fail(err, "the working directory: %s; %s", strerror(errno),
				       remedy);
	} else if (!length || length >= PATH_MAX) {
		return lr_fail(err, "-o: %s; name a file, or a directory ending in '/'",
			       length ? "the path is too long" : "the path is empty");
	} else if (!stat(path, &st)) {
		if (S_ISDIR(st.st_mode)) {
			if (!realpath(path, place->dir))
				return lr_fail(err, "-o %s: %s", path, strerror(errno));
		} else if (!S_ISREG(st.st_mode)) {
			return lr_fail(err,
				       "-o %s: is neither a regular file nor a directory; "
				       "name a file that can be created",
				       path);
		} else if (place_file(place, path, err)) {
			return -1;
		}
	} else if (path[length - 1] == '/') {
		char copy[PATH_MAX];
		int r;

		memcpy(copy, path, length + 1);
		while (length > 1 && copy[length - 1] == '/')
			copy[--length] = '\0';
		r = make_directories(copy);
		if (r || !realpath(copy, place->dir))
			return lr_fail(err, "-o %s: the directory can't be created: %s; %s", path,
				       strerror(r ? -r : errno), remedy);
	} else if (errno != ENOENT) {
		return lr_fail(err, "-o %s: %s; %s", path, strerror(errno), remedy);
	} else if (place_file(place, path, err)) {
		return -1;
	}
	return check_writable(place->dir, remedy, err);
}

void launch_session_new(char session[33])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != sizeof bytes) {
		/* Early boot only.  Unique on this machine is all that is needed. */
		struct timespec now;
		uint64_t words[2];

		clock_gettime(CLOCK_REALTIME, &now);
		words[0] = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
		words[1] = (uint64_t)getpid();
		memcpy(bytes, words, sizeof bytes);
	}
	for (int i = 0; i < 16; i++)
		snprintf(session + 2 * i, 3, "%02x", bytes[i]);
}

int launch_env_check(struct launch_env *env, struct lr_error *err)
{
	char *text = launch_options_format(&env->options, err);

	free(text);
	if (!text)
		return -1;
	if (strlen(env->place.dir) > LAUNCH_OPTION_MAX ||
	    strlen(env->place.out) > LAUNCH_OPTION_MAX - PID_ROOM)
		return lr_fail(err,
			       "recordings can't be written in %s: the path is too long; choose "
			       "a shorter one with -o",
			       env->place.dir);
	if (!launch_options_can_quote(env->place.out))
		return lr_fail(err,
			       "-o %s: the name can't hold a quote or a newline; choose "
			       "another name",
			       env->place.out);
	return 0;
}

/* Put SHIM in front of what is preloaded already, once. */
static int set_preload(const char *shim)
{
	const char *old = getenv("LD_PRELOAD");
	char *value = NULL;
	int r;

	if (!old || !*old)
		return setenv("LD_PRELOAD", shim, 1) ? -errno : 0;
	for (const char *p = old; *p; p += strspn(p, ": ")) {
		size_t n = strcspn(p, ": ");

		if (n == strlen(shim) && !memcmp(p, shim, n))
			return 0;
		p += n;
	}
	if (asprintf(&value, "%s:%s", shim, old) < 0)
		return -ENOMEM;
	r = setenv("LD_PRELOAD", value, 1) ? -errno : 0;
	free(value);
	return r;
}

int launch_env_apply(void *context, pid_t pid)
{
	struct launch_env *env = context;
	const char *quote = strchr(env->place.out, ':') ? "\"" : "";
	char run[PATH_MAX + 128];
	struct lr_error err;
	char *text = launch_options_format(&env->options, &err);
	int r = 0;

	if (!text)
		return -ENOMEM;
	if (env->preload)
		r = set_preload(env->shim);
	snprintf(run, sizeof run, "session=%s:root=%d%s%s%s%s", env->session, (int)pid,
		 *env->place.out ? ":out=" : "", *env->place.out ? quote : "", env->place.out,
		 *env->place.out ? quote : "");
	if (!r && (setenv("LEAKSCOPE_OPTIONS", text, 1) || setenv("LEAKSCOPE_RUN", run, 1)))
		r = -errno;
	if (!r && env->torch_no_cache && setenv("PYTORCH_NO_CUDA_MEMORY_CACHING", "1", 1))
		r = -errno;
	free(text);
	return r;
}
