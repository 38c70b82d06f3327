/* A folder that does not answer, as one on a network whose server is gone. Loaded with LD_PRELOAD:
 *
 *     gcc -shared -fPIC -O1 -o hanging_folder.so hanging_folder.c -ldl
 *
 * HANGING_FOLDER  the folder. Whatever is asked of a path in it waits for as long as
 * HANGING_FLAG    this file is there. Without these variables nothing is changed at all.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The libc's own function. */
#define REAL(name)                                                                                                     \
    ({                                                                                                                 \
        static __typeof__(name) *real;                                                                                 \
        if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                                 \
        real;                                                                                                          \
    })

static void wait_for(const char *path) {
    const char *folder = getenv("HANGING_FOLDER"), *flag = getenv("HANGING_FLAG");
    if (!folder || !flag || !path || strncmp(path, folder, strlen(folder)) != 0) return;
    while (syscall(SYS_faccessat, AT_FDCWD, flag, F_OK) == 0) {
        struct timespec moment = {0, 20 * 1000 * 1000};
        nanosleep(&moment, NULL);
    }
}

#define OPENS(name)                                                                                                    \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                                        \
        va_end(more);                                                                                                  \
        wait_for(path);                                                                                                \
        return REAL(name)(path, flags, mode);                                                                          \
    }
OPENS(open)
OPENS(open64)

int statx(int at, const char *path, int flags, unsigned int mask, struct statx *found) {
    wait_for(path);
    return REAL(statx)(at, path, flags, mask, found);
}

int stat64(const char *path, struct stat64 *found) {
    wait_for(path);
    return REAL(stat64)(path, found);
}

int lstat64(const char *path, struct stat64 *found) {
    wait_for(path);
    return REAL(lstat64)(path, found);
}

char *realpath(const char *path, char *found) {
    wait_for(path);
    return REAL(realpath)(path, found);
}

DIR *opendir(const char *path) {
    wait_for(path);
    return REAL(opendir)(path);
}

int rename(const char *from, const char *to) {
    wait_for(to);
    return REAL(rename)(from, to);
}
