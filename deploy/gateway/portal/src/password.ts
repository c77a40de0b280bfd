/** The password rule of the policy, in words that say what to do. */

/** What is wrong with the password, or null. The pattern and the hint come from the policy. */
export function checkPassword(password: string, pattern: string, hint: string): string | null {
  if (!password) return "请设一个登录密码";
  if (matches(password, pattern)) return null;
  const range = /(\d+)\s*[-~～—至]\s*(\d+)\s*位/.exec(hint);
  const [least, most] = range ? [Number(range[1]), Number(range[2])] : [0, Number.POSITIVE_INFINITY];
  const length = [...password].length;
  if (length < least) return `密码只有 ${length} 位，请再加至少 ${least - length} 位`;
  if (length > most) return `密码有 ${length} 位，请减到 ${most} 位以内`;
  const letters = /[A-Za-z]/.test(password);
  const digits = /[0-9]/.test(password);
  const speaksOfBoth = hint.includes("字母") && hint.includes("数字");
  if (speaksOfBoth && /[^A-Za-z0-9]/.test(password)) return "密码里有字母和数字以外的符号，请去掉";
  if (speaksOfBoth && !digits) return "密码里还没有数字，请加上";
  if (speaksOfBoth && !letters) return "密码里还没有字母，请加上";
  return `密码不符合要求：${hint}`;
}

function matches(password: string, pattern: string): boolean {
  try {
    return pattern === "" || new RegExp(pattern, "u").test(password);
  } catch {
    return true; // a rule this browser cannot read is the server's to apply
  }
}
