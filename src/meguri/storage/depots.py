"""Where this installation keeps its files, by its settings: a folder in the data folder, or a bucket."""

from urllib.parse import urlsplit

from meguri.settings import Settings
from meguri.storage.files import Depot, FolderStore
from meguri.storage.objects import Bucket, ObjectStore

FOLDER = "files"


def depot(settings: Settings) -> Depot:
    """The installation's files. Connects to nothing."""
    bucket = bucket_of(settings)
    folder = settings.folder / FOLDER
    return ObjectStore(bucket, folder) if bucket else FolderStore(folder)


def bucket_of(settings: Settings) -> Bucket | None:
    """The bucket that the settings name (`s3://bucket/prefix`); None for the folder."""
    if settings.files_url is None:
        return None
    place = urlsplit(settings.files_url)
    return Bucket(
        name=place.netloc,
        prefix=place.path.strip("/"),
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key_id=settings.s3_key_id,
        secret_key=settings.s3_secret_key,
    )
