/** What went over the network. Every try counts as a request. */
export class Traffic {
  requests = 0
  retries = 0
  sentBytes = 0
  receivedBytes = 0
  readonly byMethod = new Map<string, number>()

  count(method: string): void {
    this.requests++
    this.byMethod.set(method, (this.byMethod.get(method) ?? 0) + 1)
  }

  /** Requests for each gigabyte (10^9 bytes) that was sent; 0 when nothing was. */
  get requestsPerGigabyte(): number {
    return this.sentBytes === 0 ? 0 : (this.requests * 1e9) / this.sentBytes
  }
}
