import type { DcmjsLibrary, DcmjsStream, DcmjsView } from "./dcmjs-library.js";

let isMended = false;

/** Replaces what dcmjs reads wrongly. */
export function mendDcmjs(dcmjs: DcmjsLibrary): void {
  if (isMended) return;
  isMended = true;
  keepSlicesWithinFile(dcmjs);
  readUnknownSequences(dcmjs);
  endAtPadding(dcmjs);
}

/**
 * A damaged element may claim a length of gigabytes, and dcmjs allocates that much before it checks the file size. This
 * limits slices to the file's bytes; missing data are reported later by the code that reads them.
 */
function keepSlicesWithinFile({ data: { ReadBufferStream } }: DcmjsLibrary): void {
  const prototype = Object.getPrototypeOf(new ReadBufferStream(new ArrayBuffer(1)).view) as DcmjsView;
  const { slice } = prototype;
  prototype.slice = function (this: DcmjsView, start = 0, end = this.size) {
    const there = (this.offsets.at(-1) ?? 0) + (this.lengths.at(-1) ?? 0);
    return slice.call(this, start, Math.min(end, there));
  };
}

const implicitLittleEndian = "1.2.840.10008.1.2";
const undefinedLength = 0xffffffff;

/** Bytes of an element before its value, of a VR with a length of 32 bits. */
const headBytes = 12;

/**
 * Archives write private sequences of implicit files as elements of VR UN and undefined length, whose items are
 * implicit (PS3.5 6.2.2, note 2). dcmjs looks for the fragments of binary data in them.
 */
function readUnknownSequences({ data: { DicomMessage, Tag, ValueRepresentation } }: DcmjsLibrary): void {
  const { _readTag: readTag } = DicomMessage;
  DicomMessage._readTag = function (this: unknown, stream, syntax, options) {
    if (syntax === implicitLittleEndian || stream.available < headBytes) {
      return readTag.call(this, stream, syntax, options);
    }
    const start = stream.offset;
    stream.increment(4);
    const isUnknown = stream.readVR() === "UN";
    stream.increment(2);
    const isSequence = isUnknown && stream.readUint32() === undefinedLength;
    stream.offset = start;
    if (!isSequence) return readTag.call(this, stream, syntax, options);
    const wasLittleEndian = stream.isLittleEndian;
    stream.setEndian(true);
    const tag = Tag.readTag(stream);
    stream.increment(headBytes - 4);
    const vr = ValueRepresentation.createByTypeString("SQ");
    const { value } = vr.read(stream, undefinedLength, implicitLittleEndian, options);
    stream.setEndian(wasLittleEndian);
    return { tag, vr, values: value, rawValues: value };
  };
}

/** Files are padded with zeros to whole blocks, on tapes for example. No element has the tag (0000,0000). */
function endAtPadding({ data: { ReadBufferStream } }: DcmjsLibrary): void {
  const prototype = ReadBufferStream.prototype;
  const { end } = prototype;
  prototype.end = function (this: DcmjsStream) {
    if (end.call(this)) return true;
    for (let at = this.offset; at < this.endOffset; at++) if (this.view.getUint8(at) !== 0) return false;
    return true;
  };
}
