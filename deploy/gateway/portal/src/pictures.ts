/** Chosen files before they leave: what they really are, how they look, and smaller when they are too big. */

export interface Picture {
  readonly file: File;
  readonly bitmap: ImageBitmap | null;
  readonly preview: HTMLCanvasElement | null;
}

export interface Shrunk {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
  readonly before: HTMLCanvasElement;
  readonly after: HTMLCanvasElement;
}

const PREVIEW_SIDE = 1200;
const LONG_SIDES = [2400, 2000, 1680, 1400, 1200, 1000];
const QUALITIES = [0.86, 0.76, 0.66, 0.56];
/** A picture that is small enough and only turned keeps its size and nearly all of its quality. */
const TURNED_QUALITIES = [0.95, 0.9];

const KINDS: readonly (readonly [string, string])[] = [
  ["ffd8ff", "jpeg"],
  ["89504e470d0a1a0a", "png"],
  ["474946", "gif"],
  ["424d", "bmp"],
  ["25504446", "pdf"],
  ["504b0304", "zip"],
  ["d0cf11e0", "doc"],
  ["49492a00", "tiff"],
  ["4d4d002a", "tiff"],
];

/** What the bytes say, whatever the name says. */
export function kindOf(head: Uint8Array): string {
  const hex = [...head].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const text = String.fromCharCode(...head);
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  if (text.slice(4, 8) === "ftyp") return /hei[cxfm]|mif1/.test(text.slice(8, 12)) ? "heic" : "video";
  return KINDS.find(([magic]) => hex.startsWith(magic))?.[1] ?? "unknown";
}

const NAMES: Record<string, string> = {
  gif: "GIF 动图",
  bmp: "BMP 图片",
  webp: "WEBP 图片",
  tiff: "TIFF 图片",
  heic: "HEIC 照片",
  pdf: "PDF 文件",
  doc: "Word 文件",
  zip: "压缩包或 Word 文件",
  video: "视频",
};

const IPHONE = "用 iPhone 时，在“设置 → 相机 → 格式”里选“兼容性最佳”后重新拍，或者给这张照片截屏，上传截屏";

/** `jpg、jpeg 或 png` for the policy's `jpeg, png`. */
export function formatWords(formats: readonly string[]): string {
  const names = new Set(formats.flatMap((one) => (one === "jpeg" ? ["jpg", "jpeg"] : [one])));
  const all = names.size > 0 ? [...names] : ["jpg", "jpeg", "png"];
  return all.length > 1 ? `${all.slice(0, -1).join("、")} 或 ${all[all.length - 1]}` : String(all[0]);
}

/** The refusal of a file that cannot be accepted, or null. */
export async function refusalOf(file: File, formats: readonly string[]): Promise<string | null> {
  const wanted = formatWords(formats);
  if (file.size === 0) return "这个文件是空的，请重新选一张";
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  if (kind === "jpeg" || kind === "png") return null;
  const name = NAMES[kind];
  if (kind === "heic") return `这是 HEIC 照片，请选 ${wanted} 格式的图片。${IPHONE}`;
  return name ? `这${/^[A-Z]/.test(name) ? "是 " : "是"}${name}，请选 ${wanted} 格式的图片` : `这个文件不是图片，请选 ${wanted}`;
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("no canvas");
  pen.imageSmoothingQuality = "high";
  return [canvas, pen];
}

/** Draw upright within `side`, turned by quarters, on white (a transparent PNG must not turn black). */
function drawn(bitmap: ImageBitmap, side: number, quarters: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  const turned = quarters % 2 !== 0;
  const [canvas, pen] = canvasOf(turned ? h : w, turned ? w : h);
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((quarters * Math.PI) / 2);
  pen.drawImage(bitmap, -w / 2, -h / 2, w, h);
  return canvas;
}

export async function openPicture(file: File): Promise<Picture> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    return { file, bitmap, preview: drawn(bitmap, PREVIEW_SIDE, 0) };
  } catch {
    return { file, bitmap: null, preview: null };
  }
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/** The largest and clearest JPEG below the limit; the smallest try's size when none fits. */
export async function shrink(bitmap: ImageBitmap, quarters: number, limit: number): Promise<Shrunk | number> {
  const longest = Math.max(bitmap.width, bitmap.height);
  const sides = [longest, ...LONG_SIDES.filter((side) => side < longest)].filter((side) => side <= 2400);
  let smallest = Number.POSITIVE_INFINITY;
  for (const side of sides.length > 0 ? sides : [2400]) {
    const canvas = drawn(bitmap, side, quarters);
    const found = await firstFitting(canvas, limit, QUALITIES);
    smallest = Math.min(smallest, found.size);
    if (found.size <= limit) return compared(bitmap, quarters, canvas, found);
  }
  return smallest;
}

/** Turn a picture that is below the limit; only when that made it too big, it is shrunk as well. */
export async function turned(bitmap: ImageBitmap, quarters: number, limit: number): Promise<Shrunk | number> {
  const canvas = drawn(bitmap, Math.max(bitmap.width, bitmap.height), quarters);
  const found = await firstFitting(canvas, limit, TURNED_QUALITIES);
  return found.size <= limit ? await compared(bitmap, quarters, canvas, found) : await shrink(bitmap, quarters, limit);
}

async function firstFitting(canvas: HTMLCanvasElement, limit: number, qualities: readonly number[]): Promise<Blob> {
  let last: Blob | null = null;
  for (const quality of qualities) {
    last = (await encoded(canvas, quality)) ?? last;
    if (last !== null && last.size <= limit) return last;
  }
  if (last === null) throw new Error("no encoder");
  return last;
}

async function compared(
  bitmap: ImageBitmap,
  quarters: number,
  canvas: HTMLCanvasElement,
  blob: Blob,
): Promise<Shrunk> {
  const back = await createImageBitmap(blob);
  const after = drawn(back, Math.max(back.width, back.height), 0);
  const before = drawn(bitmap, Math.max(canvas.width, canvas.height), quarters);
  return { blob, width: canvas.width, height: canvas.height, before, after };
}
