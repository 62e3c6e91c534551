void ls_lsan_read_host(void);
