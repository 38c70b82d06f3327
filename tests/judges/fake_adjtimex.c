/* What the kernel says of its clock, as a test wants it. Loaded with LD_PRELOAD:
 *
 *     gcc -shared -fPIC -O1 -o fake_adjtimex.so fake_adjtimex.c
 *
 * FAKE_ADJTIMEX  ok: kept right, within a quarter of a second; error: by nobody; fails: no answer at all.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

int adjtimex(struct timex *books)
{
    const char *state = getenv("FAKE_ADJTIMEX");
    if (!state || strcmp(state, "fails") == 0 || books->modes != 0) {
        errno = EPERM;
        return -1;
    }
    memset(books, 0, sizeof *books);
    if (strcmp(state, "ok") == 0) {
        books->maxerror = 250000;
        return TIME_OK;
    }
    books->status = STA_UNSYNC;
    books->maxerror = 16000000;
    return TIME_ERROR;
}
