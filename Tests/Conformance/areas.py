"""Which area of S3 one of the suite's tests belongs to: the first that has one of its marks, else a part of its name."""

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
    ("conditional", {"conditional_write"}, ("ifmatch", "ifnon", "ifmodified", "ifunmodified", "if_match", "if_none")),
    ("copy", {"copy"}, ("copy",)),
    ("append", {"appendobject"}, ("append",)),
    ("list", {"list_objects_v2"}, ("list",)),
    ("signatures and headers", {"auth_aws2", "auth_aws4", "auth_common"}, ("bad_", "raw_", "signature", "presigned")),
    ("bucket", set(), ("bucket",)),
    ("object", set(), ("",)),
]


def area(test, marks):
    name = test.lower()
    by_mark = (title for title, its_marks, _ in AREAS if its_marks & set(marks))
    by_name = (title for title, _, parts in AREAS if any(part in name for part in parts))
    return next(by_mark, None) or next(by_name)
