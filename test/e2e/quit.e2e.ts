import { expect, it } from 'vitest'
import { launchApp, newComputer } from './fixture.ts'

it('the app ends also when there is nothing left to put in order', async () => {
  const app = await launchApp(newComputer())
  await app.electron.evaluate(({ app: main, BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.removeAllListeners('close') // its place is not written
    main.quit()
  })
  const patience = new Promise((done) => setTimeout(done, 10_000, 'still there'))
  expect(await Promise.race([app.ended(), patience])).toBe(0)
})
