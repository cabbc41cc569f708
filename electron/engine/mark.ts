/** Birds and plants that are easy to say and to tell apart, 64 of them. */
const NAMES = `Wren Robin Heron Swift Finch Raven Owl Lark Gull Stork Crane Plover Magpie Thrush Kestrel Osprey
Puffin Curlew Dunlin Teal Eider Grebe Bittern Swallow Starling Sparrow Jackdaw Linnet Siskin Avocet Egret Ibis
Oak Birch Willow Maple Alder Hazel Rowan Juniper Cedar Larch Elder Aspen Clover Fern Heather Lavender
Poppy Iris Aster Dahlia Tulip Crocus Violet Primrose Bluebell Thistle Sorrel Thyme Sage Mint Basil Juno`.split(/\s+/)

/**
 * The everyday name of a backup, e.g. "Wren 42": made of its public id and never of a secret, so that a family with
 * three sheets in a drawer finds the right one.
 */
export function markOf(repository: string): string {
  const name = NAMES[Number.parseInt(repository.slice(0, 2), 16) % NAMES.length] ?? 'Wren'
  return `${name} ${(Number.parseInt(repository.slice(2, 6), 16) % 90) + 10}`
}
