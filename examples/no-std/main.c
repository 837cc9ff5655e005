/* Writes a header and reads it again through the Rust library. Exit status 0 if all is as it must be. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

ssize_t read_header(const uint8_t *received, size_t length, uint16_t *port, uint8_t address[4]);
ssize_t write_header(const uint8_t address[4], uint16_t port, uint8_t *out, size_t length);

int main(void) {
    const uint8_t client[4] = {203, 0, 113, 7};
    const char *line = "PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\nSSH-2.0-x\r\n";
    uint8_t address[4] = {0};
    uint16_t port = 0;
    if (read_header((const uint8_t *)line, strlen(line), &port, address) != 46) return 1;
    if (port != 51000 || memcmp(address, client, 4) != 0) return 2;
    if (read_header((const uint8_t *)line, 20, &port, address) != 0) return 3;
    if (read_header((const uint8_t *)"SSH-2.0-x\r\n", 11, &port, address) != -1) return 4;

    uint8_t header[64];
    ssize_t length = write_header(client, 443, header, sizeof header);
    if (length != 35) return 5;
    if (read_header(header, (size_t)length, &port, address) != length) return 6;
    if (port != 443 || memcmp(address, client, 4) != 0) return 7;
    header[16] ^= 1; /* the checksum no longer is the header's */
    if (read_header(header, (size_t)length, &port, address) != -1) return 8;
    if (write_header(client, 443, header, 34) != -1) return 9;
    return 0;
}
