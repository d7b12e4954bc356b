const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const TCP = 6;
/** Of the checksum within a TCP header. */
const CHECKSUM_AT = 16;

/**
 * Completes the TCP checksum of an Ethernet frame, in place; leaves any other frame alone. A virtual network card leaves it
 * to hardware that is not there.
 */
export function completeTcpChecksum(frame: Buffer): void {
  if (frame.length < ETHERNET_BYTES + 40 || frame.readUInt16BE(ETHERNET_BYTES - 2) !== ETHERTYPE_IPV4) return;
  const ip = frame.subarray(ETHERNET_BYTES);
  const headerBytes = (ip.readUInt8(0) & 0x0f) * 4;
  if (ip.readUInt8(9) !== TCP) return;
  const segment = ip.subarray(headerBytes, ip.readUInt16BE(2));
  segment.writeUInt16BE(0, CHECKSUM_AT);
  // The pseudo header: both addresses, the protocol and the length.
  const sum = sumOf(ip.subarray(12, 20)) + TCP + segment.length + sumOf(segment);
  segment.writeUInt16BE(~fold(sum) & 0xffff, CHECKSUM_AT);
}

function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  return bytes.length % 2 === 0 ? sum : sum + (bytes.readUInt8(bytes.length - 1) << 8);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}
