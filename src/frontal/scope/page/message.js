// One binary message, as scope/message.py writes it: 4 bytes length, header as JSON, then the arrays.

const KINDS = { bool: Uint8Array, uint8: Uint8Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, float32: Float32Array };

/**
 * Read a message. Arrays become typed arrays with `.shape`; they are views of the buffer.
 * @param {ArrayBuffer} buffer
 * @returns {Object}
 */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const answer = header.values;
  for (const [key, said] of Object.entries(header.arrays)) {
    answer[key] = typed(buffer, 4 + length + said.offset, said);
  }
  return answer;
}

function typed(buffer, at, said) {
  const Kind = KINDS[said.dtype];
  if (!Kind) throw new Error(`the message holds an array of ${said.dtype}, which is not known here`);
  const count = said.shape.reduce((product, size) => product * size, 1);
  const aligned = at % Kind.BYTES_PER_ELEMENT === 0;
  const array = aligned ? new Kind(buffer, at, count) : new Kind(buffer.slice(at, at + said.bytes));
  array.shape = said.shape;
  return array;
}
