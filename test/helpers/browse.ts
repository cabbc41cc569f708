/** A browser of a person who clicks through: keeps cookies, goes where it is sent, and tells what it saw last. */
export async function browse(address: string): Promise<{ status: number; text: string; address: string }> {
  const cookies = new Map<string, string>()
  for (let at = new URL(address); ; ) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    if (location === null) return { status: response.status, text, address: at.href }
    at = new URL(location, at)
  }
}
