import { badRequest } from './reply.ts'

type Tree = Map<string, Tree>

/** Keeps of a value what a `fields` parameter asks for: `a,b(c,d/e),*`. */
export function pick(value: unknown, fields: string, known: ReadonlySet<string>): unknown {
  const { tree, rest } = parse(fields)
  if (rest !== '') throw badRequest(`Invalid field selection ${fields}`)
  return prune(value, tree, known)
}

function parse(text: string): { tree: Tree; rest: string } {
  const tree: Tree = new Map()
  let rest = text
  for (;;) {
    const match = /^\s*([A-Za-z0-9_*]+(?:\/[A-Za-z0-9_*]+)*)/.exec(rest)
    if (!match?.[1]) throw badRequest(`Invalid field selection ${text}`)
    rest = rest.slice(match[0].length)
    const leaf = match[1].split('/').reduce<Tree>((at, name) => {
      const next: Tree = at.get(name) ?? new Map()
      at.set(name, next)
      return next
    }, tree)
    if (rest.startsWith('(')) {
      const inner = parse(rest.slice(1))
      if (!inner.rest.startsWith(')')) throw badRequest(`Invalid field selection ${text}`)
      rest = inner.rest.slice(1)
      for (const [name, below] of inner.tree) leaf.set(name, below)
    }
    if (!rest.startsWith(',')) return { tree, rest }
    rest = rest.slice(1)
  }
}

function prune(value: unknown, tree: Tree, known: ReadonlySet<string>): unknown {
  if (tree.size === 0 || tree.has('*')) return value
  for (const name of tree.keys()) if (!known.has(name)) throw badRequest(`Invalid field selection ${name}`)
  if (Array.isArray(value)) return value.map((one) => prune(one, tree, known))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => tree.has(name))
  return Object.fromEntries(kept.map(([name, one]) => [name, prune(one, tree.get(name) ?? new Map(), known)]))
}
