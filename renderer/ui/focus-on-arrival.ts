/** As a `ref`: what a dialog or a new field wants to have the focus gets it when it appears. */
export function focusOnArrival(element: HTMLElement | null): void {
  element?.focus()
}
