/* Prints 100 bytes of randomness in hexadecimal, read in pieces; the test knows which they have to be. */
#include "check.h"
#include <unistd.h>

int main(void) {
  uint8_t bytes[100];
  check("getentropy", getentropy(bytes, 40), 0);
  check("random_get", __wasi_random_get(bytes + 40, 59), 0);
  check("random_get of one byte", __wasi_random_get(bytes + 99, 1), 0);
  check("random_get of nothing", __wasi_random_get(bytes, 0), 0);
  CHECK_ERRNO("getentropy of too much", getentropy(bytes, 257), EIO);
  for (int i = 0; i < 100; i++) printf("%02x", bytes[i]);
  printf("\n");
  return 0;
}
