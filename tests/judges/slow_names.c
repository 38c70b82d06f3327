/* A system that searches for a host's address and does not come back. Loaded with LD_PRELOAD:
 *
 *     gcc -shared -fPIC -O1 -o slow_names.so slow_names.c
 */

#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)node, (void)service, (void)hints, (void)found;
    sleep(60);
    return EAI_AGAIN;
}
