export async function suggestWords(): Promise<string> {
  return 'one two three four five six'
}
