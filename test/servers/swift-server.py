"""OpenStack Swift with its S3 interface in one process on loopback, for tests.

Started with an empty folder; prints the port of the S3 interface and serves until its standard input ends.
Access key test:tester, secret testing, region us-east-1.
"""

import os
import sys

import eventlet
from swift.common import utils

FOLDER = sys.argv[1]
ETC = os.path.join(FOLDER, 'etc')
DEVICES = os.path.join(FOLDER, 'node')

STORAGE = """[DEFAULT]
swift_dir = %(etc)s
devices = %(devices)s
mount_check = false
disable_fallocate = true
log_address = /dev/null
log_level = CRITICAL
[pipeline:main]
pipeline = %(kind)s-server
[app:%(kind)s-server]
use = egg:swift#%(kind)s
"""

PROXY = """[DEFAULT]
swift_dir = %(etc)s
log_address = /dev/null
log_level = CRITICAL
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats bulk s3api tempauth slo dlo versioned_writes copy symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_other_reader = reading .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:copy]
use = egg:swift#copy
[filter:symlink]
use = egg:swift#symlink
"""


class Cache:
    """What memcached is to a real Swift."""

    def __init__(self):
        self.kept = {}

    def get(self, key, raise_on_error=False):
        return self.kept.get(key)

    def set(self, key, value, *args, **options):
        self.kept[key] = value

    def delete(self, key, server_key=None):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, time=0):
        self.kept[key] = max(0, int(self.kept.get(key) or 0) + delta)
        return self.kept[key]

    def get_multi(self, keys, server_key):
        return [self.kept.get(key) for key in keys]


def with_cache(app):
    cache = Cache()

    def answer(env, start_response):
        env['swift.cache'] = cache
        return app(env, start_response)
    return answer


def write(name, text):
    path = os.path.join(ETC, name)
    with open(path, 'w') as out:
        out.write(text)
    return path


os.makedirs(ETC)
os.makedirs(os.path.join(DEVICES, 'sdb1'))
utils.SWIFT_CONF_FILE = write(
    'swift.conf', '[swift-hash]\nswift_hash_path_prefix = a\nswift_hash_path_suffix = b\n'
    '[storage-policy:0]\nname = one\ndefault = yes\n')
utils.HASH_PATH_PREFIX = b'a'
utils.HASH_PATH_SUFFIX = b'b'
eventlet.hubs.use_hub(utils.get_hub())
eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from swift.common.ring.builder import RingBuilder  # noqa: E402 (after patching, as Swift's own start does)
from swift.common.wsgi import loadapp  # noqa: E402

sockets = {kind: eventlet.listen(('127.0.0.1', 0)) for kind in ('account', 'container', 'object', 'proxy')}
for kind in ('account', 'container', 'object'):
    ring = RingBuilder(1, 1, 1)
    ring.add_dev({
        'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'device': 'sdb1',
        'port': sockets[kind].getsockname()[1],
    })
    ring.rebalance()
    ring.get_ring().save(os.path.join(ETC, kind + '.ring.gz'))

with open(os.devnull, 'w') as quiet:
    for kind, socket in sockets.items():
        text = PROXY if kind == 'proxy' else STORAGE
        conf = write(kind + '.conf', text % {'etc': ETC, 'devices': DEVICES, 'kind': kind})
        app = with_cache(loadapp(conf)) if kind == 'proxy' else loadapp(conf)
        eventlet.spawn(eventlet.wsgi.server, socket, app, log=quiet, log_output=False)
    print(sockets['proxy'].getsockname()[1], flush=True)
    eventlet.tpool.execute(sys.stdin.read)
    os._exit(0)
