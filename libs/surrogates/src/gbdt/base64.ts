// Typed arrays as base64 of their bytes: what JSON keeps exactly and small. Little-endian, as WebAssembly's memory is
// and so every machine these trees can be grown on.

/** Bytes of a base64 string. Throws where it is not base64. */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

export function encodeBytes({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Float64Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let characters = '';
  // In pieces: an argument list has a limit, and one character at a time is slow.
  for (let i = 0; i < bytes.length; i += 8192) characters += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(characters);
}
