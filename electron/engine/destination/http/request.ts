import type { Content } from '#engine/destination/content.ts'

export type HttpHeaders = Readonly<Record<string, string>>

export type HttpRequest = Readonly<{
  method: string
  url: URL
  /** As a function: made anew for each try. */
  headers?: HttpHeaders | (() => Promise<HttpHeaders>)
  body?: Content
  /** No more of the reply's body is read. */
  maxReplyBytes: number
  /** No more tries than so many; as many as there is patience for, when it is left out. */
  maxTries?: number
  signal?: AbortSignal
}>

export type HttpReply = Readonly<{
  status: number
  headers: Headers
  body: Uint8Array
  /** There was more than `maxReplyBytes`, and it was left. */
  isCut: boolean
  /** An earlier try of this request failed in a way that leaves open whether the server did it. */
  mayHaveHappened: boolean
}>

/** The part of the platform's `fetch` that is needed: tests and other networks put their own in its place. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>

/** Reply bodies that tell something to a person or a program, never content. */
export const MAX_MESSAGE_BYTES = 64 * 1024

export const textOf = ({ body }: Pick<HttpReply, 'body'>): string => new TextDecoder().decode(body)
