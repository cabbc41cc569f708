/** What goes wrong with one request. */
export type Fault =
  /** The connection ends: before the body was read, before anything was done, or after it was done (the reply is lost). */
  | Readonly<{ kind: 'drop'; when: 'reading' | 'before' | 'after' }>
  /** The reply's head is sent, and so much of its body, then the connection ends. */
  | Readonly<{ kind: 'cut-reply'; afterBytes: number }>
  | Readonly<{ kind: 'refuse'; status: number; reason: string; retryAfter?: string }>
  /** An error page in front of Google's servers: HTML, no JSON. */
  | Readonly<{ kind: 'html'; status: number }>
  /** The page of a hotel's network, which answers everything with 200. */
  | Readonly<{ kind: 'portal' }>
  | Readonly<{ kind: 'redirect'; to: string }>
  | Readonly<{ kind: 'stall'; ms: number }>
  /** Of an uploaded piece only so many bytes are kept; 0 gives a 308 without a range. */
  | Readonly<{ kind: 'short'; keepBytes: number }>
  | Readonly<{ kind: 'session-gone'; status: 404 | 410 }>
  /** One bit of what is downloaded is another. */
  | Readonly<{ kind: 'flip' }>
  /** The file is made twice: under the id that was asked for, and once more under another. */
  | Readonly<{ kind: 'double' }>
  /** What is stored is not what was sent. */
  | Readonly<{ kind: 'spoil' }>

/** Which requests a fault meets: the so-manieth (from 1) of those whose method and path match. */
export type FaultRule = Readonly<{
  method?: string
  path?: string // a regular expression over path and query
  at?: number
  times?: number
  fault: Fault
}>

/** Decides by rules, or by a seed that hits a share of all requests. */
export class FaultPlan {
  #rules: { rule: FaultRule; met: number }[] = []
  #chance: { share: number; random: () => number; faults: readonly Fault[] } | null = null

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, met: 0 }))
    this.#chance = null
  }

  byChance(share: number, random: () => number, faults: readonly Fault[]): void {
    this.#chance = { share, random, faults }
  }

  next(method: string, path: string): Fault | null {
    for (const entry of this.#rules) {
      const { rule } = entry
      if (rule.method !== undefined && rule.method !== method) continue
      if (rule.path !== undefined && !new RegExp(rule.path).test(path)) continue
      entry.met++
      const from = rule.at ?? 1
      if (entry.met >= from && entry.met < from + (rule.times ?? 1)) return rule.fault
    }
    if (!this.#chance || this.#chance.random() >= this.#chance.share) return null
    const { faults, random } = this.#chance
    return faults[Math.floor(random() * faults.length)] ?? null
  }
}
