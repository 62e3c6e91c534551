/* SPDX-License-Identifier: MIT */
/*
 * The built-in suppressions: what system libraries allocate once and keep to the
 * end of the process by design.  The rule for being here: the named function
 * hands nothing to its caller that the caller would have to free, runs no code of
 * the program (so the program's own leaks can't hide below it), and keeps a
 * bounded amount.  A whole library is never named.
 */
#include <stdlib.h>
#include <string.h>

#include "suppress_rule.h"

static const struct {
	const char *why;
	const char *rules;
} defaults[] = {
	{"fontconfig keeps its default configuration and its caches until FcFini, which few programs call",
	 "leak:^FcInit$\n"
	 "leak:^FcInitReinitialize$\n"
	 "leak:^FcConfigGetCurrent$\n"
	 "leak:^FcConfigReference$\n"
	 "leak:^FcObjectFromName$\n"},
	{"glib's type system registers types, interfaces and signals for the life of the process",
	 "leak:^g_type_init*\n"
	 "leak:^g_type_register_static$\n"
	 "leak:^g_type_register_static_simple$\n"
	 "leak:^g_type_register_fundamental$\n"
	 "leak:^g_type_register_dynamic$\n"
	 "leak:^g_type_add_interface_static$\n"
	 "leak:^g_type_add_interface_dynamic$\n"
	 "leak:^g_type_interface_add_prerequisite$\n"
	 "leak:^g_signal_new$\n"
	 "leak:^g_signal_newv$\n"
	 "leak:^g_signal_new_valist$\n"
	 "leak:^g_enum_register_static$\n"
	 "leak:^g_flags_register_static$\n"
	 "leak:^g_boxed_type_register_static$\n"
	 "leak:^g_pointer_type_register_static$\n"},
	{"glib interns quarks and strings for the life of the process",
	 "leak:^g_quark_from_string$\n"
	 "leak:^g_quark_from_static_string$\n"
	 "leak:^g_intern_string$\n"
	 "leak:^g_intern_static_string$\n"},
	{"glib looks up directories, charsets and languages once and keeps the answers",
	 "leak:^g_get_charset$\n"
	 "leak:^g_get_filename_charsets$\n"
	 "leak:^g_get_language_names*\n"
	 "leak:^g_get_home_dir$\n"
	 "leak:^g_get_tmp_dir$\n"
	 "leak:^g_get_host_name$\n"
	 "leak:^g_get_user_name$\n"
	 "leak:^g_get_real_name$\n"
	 "leak:^g_get_user_cache_dir$\n"
	 "leak:^g_get_user_config_dir$\n"
	 "leak:^g_get_user_data_dir$\n"
	 "leak:^g_get_user_runtime_dir$\n"
	 "leak:^g_get_user_special_dir$\n"
	 "leak:^g_get_system_config_dirs$\n"
	 "leak:^g_get_system_data_dirs$\n"
	 "leak:^g_set_prgname$\n"
	 "leak:^g_set_application_name$\n"},
	{"glib's default main context lives as long as the process",
	 "leak:^g_main_context_default$\n"},
	{"the CUDA driver keeps host memory of its own until the process ends; device memory and handles of the "
	 "program are not covered by this",
	 "{\n"
	 "CUDA driver: own host memory\n"
	 "Memcheck:Leak\n"
	 "fun:*alloc*\n"
	 "obj:*/libcuda.so*\n"
	 "}\n"
	 "{\n"
	 "CUDA driver: own host memory, C++\n"
	 "Memcheck:Leak\n"
	 "fun:operator new*\n"
	 "obj:*/libcuda.so*\n"
	 "}\n"
	 "{\n"
	 "CUDA driver: PTX compiler\n"
	 "Memcheck:Leak\n"
	 "fun:*alloc*\n"
	 "obj:*/libnvidia-ptxjitcompiler.so*\n"
	 "}\n"
	 "{\n"
	 "CUDA runtime: own host memory\n"
	 "Memcheck:Leak\n"
	 "fun:*alloc*\n"
	 "obj:*/libcudart.so*\n"
	 "}\n"},
	{"the CUDA runtime linked into the program keeps host memory of its own in the same way",
	 "{\n"
	 "CUDA runtime, linked in: own host memory\n"
	 "Memcheck:Leak\n"
	 "fun:*alloc*\n"
	 "fun:libcudart_static_*\n"
	 "}\n"},
	{"the CUDA runtime and NVIDIA's libraries retain the primary context at their first call and load the kernels "
	 "they bring, and leave both to the end of the process; what a program retains or loads itself is not covered",
	 "runtime:cuDevicePrimaryCtxRetain\n"
	 "runtime:cuModuleLoad*\n"
	 "runtime:cuLibraryLoad*\n"},
	{"PyTorch makes its pools of streams once and keeps them, since no order of ending is safe for them",
	 "leak:^c10::cuda::getStreamFromPool$\n"},
	{"libX11 loads the locale's tables once and interns its resource names",
	 "leak:^_XOpenLC$\n"
	 "leak:^_XlcCurrentLC$\n"
	 "leak:^_XlcCreateLC$\n"
	 "leak:^_XlcInitLoader$\n"
	 "leak:^XrmInitialize$\n"
	 "leak:^XrmStringToQuark$\n"
	 "leak:^XrmPermStringToQuark$\n"
	 "leak:^_XrmInternalStringToQuark$\n"},
	{"libdbus keeps its shared bus connections and its locks until dbus_shutdown",
	 "leak:^dbus_bus_get$\n"
	 "leak:^dbus_threads_init*\n"},
	{"ncurses keeps the terminal's description and the first screen until the process ends",
	 "leak:^initscr$\n"
	 "leak:^start_color$\n"
	 "leak:^setupterm$\n"
	 "leak:^_nc_setupterm$\n"},
	{"glibc loads locales, message catalogues and time zones once and keeps them; what these functions "
	 "return is never the caller's to free",
	 "leak:^setlocale$\n"
	 "leak:^bindtextdomain$\n"
	 "leak:^textdomain$\n"
	 "leak:^dcgettext$\n"
	 "leak:^__dcgettext$\n"
	 "leak:^__dcigettext$\n"
	 "leak:^tzset$\n"
	 "leak:^__tzset$\n"
	 "leak:^__tz_convert$\n"
	 "leak:^localtime$\n"
	 "leak:^localtime_r$\n"
	 "leak:^__localtime_r$\n"},
	{"glibc loads the modules and settings of its name services once, and keeps one buffer for "
	 "each of these functions",
	 "leak:^getpwnam$\n"
	 "leak:^getpwuid$\n"
	 "leak:^getgrnam$\n"
	 "leak:^getgrgid$\n"
	 "leak:^getpwnam_r$\n"
	 "leak:^getpwuid_r$\n"
	 "leak:^getgrnam_r$\n"
	 "leak:^getgrgid_r$\n"},
	{"glibc's stdio gives a stream its buffer at first use; that of stdout lives as long as the process "
	 "(a stream that is never closed is still reported where it was opened)",
	 "leak:^_IO_file_doallocate$\n"},
	{"HotSpot's watcher thread ends without being deleted, its compilers forget an arena each, and its launcher "
	 "some of the strings of its options",
	 "leak:^WatcherThread::start()$\n"
	 "leak:^WatcherThread::run()$\n"
	 "leak:^CompileBroker::init_compiler_runtime()$\n"
	 "leak:^StatSampler::engage()$\n"
	 "leak:^JLI_List_new$\n"
	 "leak:^JLI_StringDup$\n"
	 "leak:^CheckJvmType$\n"},
	{"glibc keeps the stacks of threads that have ended for the next ones, each with its table of "
	 "thread-local storage",
	 "leak:^_dl_allocate_tls$\n"},
	{"the loader keeps tables of the objects that are open (what their constructors allocate is reported)",
	 "leak:^_dl_new_object$\n"
	 "leak:^_dl_map_object*\n"
	 "leak:^_dl_find_object_update*\n"
	 "leak:^_dl_check_map_versions$\n"
	 "leak:^add_to_global_*\n"},
	{"libstdc++ sets memory aside at its start so that exceptions can be thrown when there is none",
	 "{\n"
	 "libstdc++: emergency pool for exceptions\n"
	 "Memcheck:Leak\n"
	 "fun:malloc\n"
	 "obj:*/libstdc++.so*\n"
	 "obj:*/ld-linux*\n"
	 "}\n"},
};

void lr_suppressions_add_default(struct lr_suppressions *s)
{
	struct lr_error err;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		size_t from = lr_suppressions_count(s);

		/* Fails only for want of memory: then there are fewer rules, and more is reported. */
		if (lr_suppressions_add_text(s, "built-in", defaults[i].rules,
					     strlen(defaults[i].rules), &err) == 0)
			lr_rule_set_why(s, from, defaults[i].why);
	}
}
