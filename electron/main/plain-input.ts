const DEEPEST = 4
const FORBIDDEN_KEYS = ['__proto__', 'prototype', 'constructor']

/**
 * True for a value made of nothing but plain objects, arrays and simple values, within a size. Looks at no more than
 * the size allows, so that a giant is refused as quickly as a dwarf. Sizes are counted as characters, and eight for
 * everything that is not text.
 */
export function isPlainWithin(value: unknown, maxSize: number): boolean {
  let left = maxSize
  const visit = (one: unknown, depth: number): boolean => {
    left -= typeof one === 'string' ? one.length : 8
    if (left < 0 || depth > DEEPEST) return false
    if (typeof one !== 'object' || one === null) return typeof one !== 'function' && typeof one !== 'symbol'
    if (Array.isArray(one)) {
      if (one.length * 8 > left) return false
      return one.every((item) => visit(item, depth + 1))
    }
    const prototype: unknown = Object.getPrototypeOf(one)
    if (prototype !== Object.prototype && prototype !== null) return false
    for (const key of Object.keys(one)) {
      left -= key.length
      if (FORBIDDEN_KEYS.includes(key) || !visit((one as Record<string, unknown>)[key], depth + 1)) return false
    }
    return true
  }
  return visit(value, 0)
}
