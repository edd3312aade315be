"""Which area of S3 one of the suite's tests belongs to: the first rule that fits, by its marks, then by its name."""

AREAS = [
    ("bucket logging", {"bucket_logging", "bucket_logging_cleanup"}, ("logging",)),
    ("lifecycle", {"lifecycle", "lifecycle_expiration", "lifecycle_transition", "cloud_transition", "cloud_restore"}, ("lifecycle",)),
    ("encryption", {"encryption", "sse_s3", "bucket_encryption"}, ("encrypt", "sse_")),
    ("object lock", {"object_lock"}, ("object_lock",)),
    ("POST forms", set(), ("post_object",)),
    ("CORS", set(), ("cors",)),
    ("website", {"s3website"}, ("website",)),
    ("policy", {"bucket_policy", "iam_account", "iam_user"}, ("policy", "public_block", "public_access", "block_public", "ignore_public")),
    ("tagging", {"tagging"}, ("tagging", "_tags")),
    ("ACL and ownership", {"object_ownership"}, ("acl", "_grant", "ownership", "object_anon", "access_bucket", "_anonymous", "canned")),
    ("versioning", {"versioning", "delete_marker"}, ("version", "delete_marker")),
    ("object restore", set(), ("restore",)),
    ("multipart", set(), ("multipart", "upload_part")),
    ("checksum", {"checksum"}, ("checksum",)),
    ("conditional", {"conditional_write"}, ("ifmatch", "ifnonematch", "ifmodified", "ifunmodified", "if_match", "if_none", "if_last", "if_size")),
    ("copy", {"copy"}, ("copy",)),
    ("append", {"appendobject"}, ("append",)),
    ("list", {"list_objects_v2"}, ("list",)),
    ("signatures and headers", {"auth_aws2", "auth_aws4", "auth_common"}, ("bad_", "raw_", "signature", "presigned")),
    ("bucket", set(), ("bucket",)),
    ("object", set(), ("",)),
]


def area(test, marks):
    name = test.lower()
    for title, by_mark, by_name in AREAS:
        if by_mark & set(marks):
            return title
        if any(part in name for part in by_name):
            return title
    raise ValueError(f"no area takes {test}")
