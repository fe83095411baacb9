/* An address of the family that a program is at, 4 or 6. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int family = AF_INET;
static struct sockaddr_storage address;
static socklen_t at(const char *host, int port) {
  struct sockaddr_in *a = (void *)&address;
  struct sockaddr_in6 *b = (void *)&address;
  memset(&address, 0, sizeof address);
  address.ss_family = family;
  if (family == AF_INET) a->sin_port = htons(port), inet_pton(AF_INET, host, &a->sin_addr);
  else b->sin6_port = htons(port), inet_pton(AF_INET6, host, &b->sin6_addr);
  return family == AF_INET ? sizeof *a : sizeof *b;
}
